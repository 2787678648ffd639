int a_room_without_a_row();  // a folder nobody gave a row // bad
