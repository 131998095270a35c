# credence_module(NAME base SOURCES … HEADERS … DEPS … PRIVATE_DEPS … TESTS … FUZZ … [PCH …] [ALONE …])
#
# One room of the architecture: a static library credence_NAME, its unit tests (one executable,
# NAME_test) and its fuzz harnesses (each FILE_fuzz.cc: a fuzzer in the fuzz preset, elsewhere a
# test that replays fuzz/corpus/FILE). DEPS are rooms or imported targets.
set(CREDENCE_SANITIZE "" CACHE STRING "Value of -fsanitize=, empty for none")
option(CREDENCE_WERROR "Treat warnings as errors" OFF)
# For the release, which is built whole: sources that share what they include take 0.4 of the compiler's time.
# The dev preset compiles each alone, so that a missing include is found and a change costs one file.
option(CREDENCE_UNITY "Compile the sources of a room together, 20 at a time (ALONE: not these)" OFF)

add_library(credence_options INTERFACE)
target_compile_features(credence_options INTERFACE cxx_std_20)
target_compile_options(credence_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  $<$<BOOL:${CREDENCE_WERROR}>:-Werror>
  $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-march=x86-64-v2>
  -ffp-contract=off)
target_include_directories(credence_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(CREDENCE_SANITIZE)
  target_compile_options(credence_options INTERFACE -fsanitize=${CREDENCE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(credence_options INTERFACE -fsanitize=${CREDENCE_SANITIZE})
  if(CREDENCE_SANITIZE STREQUAL "thread")
    # Asio's fences order what one I/O thread does with its own operations; TSan does not know fences.
    target_compile_options(credence_options INTERFACE -Wno-tsan)
  endif()
endif()
# Hardening, where no sanitizer does more (docs/security.md; tests/e2e/test_hardening.py reads it back).
if(NOT CREDENCE_SANITIZE AND NOT CREDENCE_FUZZ)
  target_compile_options(credence_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>)
endif()
target_link_options(credence_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
find_program(CREDENCE_LLD ld.lld)
if(CREDENCE_LLD)
  target_link_options(credence_options INTERFACE -fuse-ld=lld)
endif()

# What every test process is told. TBB_ENABLE_SANITIZERS: without it TBB opens a library with
# RTLD_DEEPBIND, which AddressSanitizer forbids.
set(CREDENCE_TEST_ENV
  "TBB_ENABLE_SANITIZERS=1"
  "PYTHONDONTWRITEBYTECODE=1"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/lsan.supp:print_suppressions=0"
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/tsan.supp")

# credence_pytest(NAME http TIMEOUT 180 PATHS tests/http ENV "HTTP_ECHO=…"): end-to-end tests.
function(credence_pytest)
  cmake_parse_arguments(P "" "NAME;TIMEOUT" "PATHS;ENV" ${ARGN})
  add_test(NAME e2e.${P_NAME}
           COMMAND ${PROJECT_SOURCE_DIR}/build/venv-test/bin/python -m pytest -q -rs -p no:cacheprovider ${P_PATHS}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(e2e.${P_NAME} PROPERTIES TIMEOUT ${P_TIMEOUT} ENVIRONMENT "${CREDENCE_TEST_ENV};${P_ENV}")
endfunction()

# Installs a program to bin. It finds the engine in lib/credence beside that; in the build tree, where
# the engine's package is. CMake's own RUNPATH of the build tree ends with a colon: an empty element,
# which means the working directory, so that anybody's library there would be loaded.
function(credence_install program)
  set_target_properties(${program} PROPERTIES SKIP_BUILD_RPATH ON)
  target_link_options(${program} PRIVATE -Wl,-rpath,$<TARGET_FILE_DIR:openvino::runtime>)
  install(TARGETS ${program} RUNTIME DESTINATION bin)
  install(CODE "file(RPATH_SET FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/${program}\" NEW_RPATH \"\\$ORIGIN/../lib/credence\")")
endfunction()

# Every header compiles alone. One that has a source of its name is that source's first include
# (tools/tidy.py sees to it), which proves it; each of the others becomes a translation unit here.
function(credence_check_headers name)
  file(GLOB_RECURSE headers RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *.h)
  file(RELATIVE_PATH room ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  set(units "")
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.h$" "" stem ${header})
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${stem}.cc AND
       NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${stem}_test.cc)
      set(unit ${CMAKE_CURRENT_BINARY_DIR}/alone/${stem}.cc)
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${room}/${header}\"\n")
      list(APPEND units ${unit})
    endif()
  endforeach()
  if(units)
    add_library(${name}_headers OBJECT ${units})
    target_link_libraries(${name}_headers PRIVATE credence_${name} ${ARGN} GTest::gmock)
  endif()
endfunction()

function(credence_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;HEADERS;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS;FUZZ;PCH;ALONE" ${ARGN})
  set(target credence_${M_NAME})
  if(M_SOURCES)
    add_library(${target} STATIC ${M_SOURCES} ${M_HEADERS})
    target_link_libraries(${target} PUBLIC credence_options ${M_DEPS} PRIVATE ${M_PRIVATE_DEPS})
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${CREDENCE_UNITY} UNITY_BUILD_BATCH_SIZE 20)
    set_source_files_properties(${M_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    if(M_PCH)
      target_precompile_headers(${target} PRIVATE ${M_PCH})
    endif()
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE credence_options ${M_DEPS})
  endif()
  if(CREDENCE_TESTS AND M_TESTS)
    add_executable(${M_NAME}_test ${M_TESTS})
    target_link_libraries(${M_NAME}_test PRIVATE ${target} ${M_TEST_DEPS} GTest::gmock GTest::gtest_main)
    add_test(NAME unit.${M_NAME} COMMAND ${M_NAME}_test --gtest_brief=1
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(unit.${M_NAME} PROPERTIES ENVIRONMENT "${CREDENCE_TEST_ENV}")
    credence_check_headers(${M_NAME} ${M_PRIVATE_DEPS} ${M_TEST_DEPS})
  endif()
  foreach(source IN LISTS M_FUZZ)
    get_filename_component(name ${source} NAME_WE)
    if(CREDENCE_FUZZ)
      add_executable(${name} ${source} ${PROJECT_SOURCE_DIR}/fuzz/bytes_fed.cc)
      target_link_libraries(${name} PRIVATE ${target} -fsanitize=fuzzer)
      target_link_options(${name} PRIVATE -Wl,--wrap=LLVMFuzzerTestOneInput)
      set_property(GLOBAL APPEND PROPERTY CREDENCE_FUZZERS ${name})
    elseif(CREDENCE_TESTS)
      add_executable(${name}_replay ${source} ${PROJECT_SOURCE_DIR}/tools/fuzz_replay.cc)
      target_link_libraries(${name}_replay PRIVATE ${target})
      add_test(NAME fuzz.${name} COMMAND ${name}_replay ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
      set_tests_properties(fuzz.${name} PROPERTIES ENVIRONMENT "${CREDENCE_TEST_ENV}")
    endif()
  endforeach()
endfunction()
