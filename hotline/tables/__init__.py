"""Departments and categories in and out as tables (CSV, XLSX). What is imported is written into the YAML files
that people edit, whose comments stay; a reload takes it from there.

==============================  ==========================================================================
``hotline.tables.words``        columns, cells as text, what is refused
``hotline.tables.departments``  departments: a table's rows, and the edits of directory.yaml they mean
``hotline.tables.categories``   the same of categories.yaml
``hotline.tables.yaml_file``    a YAML file edited in place: comments stay; checked before it is written
==============================  ==========================================================================
"""
