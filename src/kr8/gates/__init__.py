"""Gates: checks that let a deployment go on or send it back. One file each; the file's name is the gate's."""
