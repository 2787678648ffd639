// pad: 1200
int one_file_to_copy;
