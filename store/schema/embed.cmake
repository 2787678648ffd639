# Writes the numbered migrations into the program: schema/NNNN_name.sql, first line "-- min_reader N" (the oldest
# schema version a daemon must know to open the result). Append-only: a released file never changes.
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.sql)
list(SORT migrations)
set(rows "")
foreach(file IN LISTS migrations)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  get_filename_component(name ${file} NAME)
  file(READ ${file} sql)
  if(NOT name MATCHES "^0*([1-9][0-9]*)_")
    message(FATAL_ERROR "store/schema/${name}: the name must begin with a number")
  endif()
  set(version ${CMAKE_MATCH_1})
  if(NOT sql MATCHES "^-- min_reader ([0-9]+)\n")
    message(FATAL_ERROR "store/schema/${name}: the first line must be -- min_reader N")
  endif()
  string(APPEND rows "    {${version}, ${CMAKE_MATCH_1}, R\"sql(${sql})sql\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/migrations_embedded.cpp @ONLY CONTENT
"#include \"store/migrations.hpp\"

namespace leafgate {

std::span<const Migration> embedded_migrations() {
  static constexpr Migration rows[] = {
@rows@  };
  return rows;
}

}  // namespace leafgate
")
target_sources(leafgate_store PRIVATE ${CMAKE_BINARY_DIR}/generated/migrations_embedded.cpp)
