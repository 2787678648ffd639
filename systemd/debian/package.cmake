# `cpack -G DEB` in a release build makes leafgate_<version>_<architecture>.deb. Configure with the preset release: its
# prefix is /usr, which the units name.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME leafgate)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION}${LEAFGATE_BUILD})
set(CPACK_PACKAGE_VENDOR leafgate)
set(CPACK_PACKAGE_CONTACT "leafgate maintainers <maintainers@leafgate.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "provisioning gateway of a site for Azure DPS")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Leaf devices that cannot reach the internet register with this gateway
exactly as they would with the Azure IoT Hub Device Provisioning Service.
It checks who they are, answers from its cache when it can, and forwards
what it must, paced and durable, also through long outages of the uplink.
.
The service is neither enabled nor started by the installation: it wants
an ID scope and a certificate first.")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_COMPONENTS_ALL leafgate)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};leafgate;leafgate;/")
set(CPACK_SET_DESTDIR ON)  # configuration and state do not follow the prefix
set(CPACK_STRIP_FILES ON)
# What dpkg knows of is as Debian wants it, whatever the umask of who builds.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# ca-certificates: without them the name of the service cannot be checked. procps: the kill of ExecReload.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, procps, systemd (>= 250)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openssl)
set(debian ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")

# What the policy of Debian wants beside the program.
install(FILES ${debian}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${debian}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME leafgate)
string(TIMESTAMP said_at "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${debian}/changelog.in ${CMAKE_BINARY_DIR}/changelog @ONLY)
find_program(GZIP gzip REQUIRED)
execute_process(COMMAND ${GZIP} -9nf changelog WORKING_DIRECTORY ${CMAKE_BINARY_DIR} COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(CPack)
