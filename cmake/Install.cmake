# The tree that `cmake --install build/release --prefix P` makes, which may then be moved anywhere:
#   bin/credence                       finds the engine and the predictors from where it lies
#   lib/credence/                      the parts of OpenVINO that are used
#   share/credence/predictors/         the bundled predictors
#   share/man/man1/, share/bash-completion/, share/zsh/, share/fish/   made from the program's own --help
#   share/doc/credence/                licence texts, ours and the engine's
# It needs Debian's libraries (`./dev package` names them in the .deb, and adds them to the tar.gz).
get_target_property(engine_library openvino::runtime IMPORTED_LOCATION)
if(NOT engine_library)
  get_target_property(engine_library openvino::runtime IMPORTED_LOCATION_RELEASE)
endif()
get_filename_component(engine ${engine_library} DIRECTORY)
file(GLOB engine_files CONFIGURE_DEPENDS
  ${engine}/libopenvino.so.* ${engine}/libopenvino_intel_cpu_plugin.so ${engine}/libopenvino_ir_frontend.so.*
  ${engine}/libopenvino_onnx_frontend.so.* ${engine}/libopenvino_tensorflow_frontend.so.* ${engine}/libtbb.so.12)
list(LENGTH engine_files engine_count)
if(engine_count LESS 6)
  message(FATAL_ERROR "of the engine's 6 libraries only ${engine_count} lie in ${engine}")
endif()
install(PROGRAMS ${engine_files} DESTINATION lib/credence)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/predictors/ DESTINATION share/credence/predictors)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/credence)
file(GLOB engine_licences ${engine}/../../openvino-*.dist-info/licenses)
install(DIRECTORY ${engine_licences}/ DESTINATION share/doc/credence/openvino)

# A program for another machine cannot be asked for its --help here.
if(NOT CMAKE_CROSSCOMPILING)
  set(manual ${CMAKE_CURRENT_BINARY_DIR}/manual)
  install(CODE "execute_process(COMMAND python3 ${PROJECT_SOURCE_DIR}/tools/manual.py $<TARGET_FILE:credence> ${manual}
                                COMMAND_ERROR_IS_FATAL ANY)")
  install(DIRECTORY ${manual}/ DESTINATION share)
endif()
