// pad: 351
int the_line_after_the_last;  // bad
