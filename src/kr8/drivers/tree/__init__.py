"""Files of folders that others write to as well."""
