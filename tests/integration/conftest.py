"""Which files run here: those on small disks as root, or by an ordinary user in a namespace."""

import os

ON_SMALL_DISKS = ("test_faults_full_disk.py", "test_supervisor_full_disk.py", "test_templates_that_stay.py")
ON_HOSTS = ("test_ansible_playbooks_run.py", "test_ansible_between_versions.py")
"""What boots hosts: no user but root may have a machine's file system in one of its own."""

collect_ignore = ["test_small_disks_as_a_user.py"] if os.geteuid() == 0 else [*ON_SMALL_DISKS, *ON_HOSTS]
