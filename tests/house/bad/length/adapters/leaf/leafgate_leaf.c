// pad: 1201
int the_line_after_the_last;  // bad
