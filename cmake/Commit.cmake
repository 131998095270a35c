# credence_commit(VARIABLE): the commit that is built, with "+" when files differ from it; "unknown" for
# sources without git, such as those in an image's build, unless CREDENCE_COMMIT says it.
set(CREDENCE_COMMIT "" CACHE STRING "The commit that is built; empty: ask git")

function(credence_commit variable)
  set(commit ${CREDENCE_COMMIT})
  find_package(Git QUIET)
  if(NOT commit AND GIT_FOUND)
    execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty=+ --abbrev=12 --exclude=*
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE commit ERROR_QUIET
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    # Asked again when a commit is made or another one is checked out.
    execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --git-path logs/HEAD
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE log ERROR_QUIET
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    get_filename_component(log "${log}" ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
    if(EXISTS ${log} AND NOT IS_DIRECTORY ${log})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${log})
    endif()
  endif()
  if(NOT commit)
    set(commit unknown)
  endif()
  set(${variable} ${commit} PARENT_SCOPE)
endfunction()
