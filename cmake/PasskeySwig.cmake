# SPDX-License-Identifier: Apache-2.0
# The wrappers that SWIG makes of bindings/passkey.i. A released source package
# has them in bindings/generated/<language>, and then needs no SWIG; a checkout
# has not, and runs SWIG. scripts/generate-wrappers makes that folder.
set(PASSKEY_SWIG_MINIMUM 4.3)
set(PASSKEY_BINDINGS_DIR ${CMAKE_CURRENT_LIST_DIR}/../bindings)

# The wrapper's name, and how SWIG is told to make it.
set(PASSKEY_SWIG_WRAPPER_python passkey_python_wrap.c)
set(PASSKEY_SWIG_ARGUMENTS_python -python -interface _passkey)
set(PASSKEY_SWIG_WRAPPER_node passkey_node_wrap.cxx)
set(PASSKEY_SWIG_ARGUMENTS_node -javascript -napi -c++)
set(PASSKEY_SWIG_WRAPPER_java passkey_java_wrap.c)
set(PASSKEY_SWIG_ARGUMENTS_java -java -package dev.libpasskey)

# Finds SWIG_EXECUTABLE and says in the variable result what is wrong with it;
# empty when all is well.
function(passkey_find_swig result)
  find_program(SWIG_EXECUTABLE NAMES swig HINTS ${CMAKE_BINARY_DIR}/venv/bin)
  set(found "none")
  if(SWIG_EXECUTABLE)
    execute_process(COMMAND ${SWIG_EXECUTABLE} -version OUTPUT_VARIABLE swig_says ERROR_QUIET)
    if(swig_says MATCHES "SWIG Version ([0-9.]+)")
      set(found ${CMAKE_MATCH_1})
    endif()
  endif()
  set(${result} "" PARENT_SCOPE)
  if(found STREQUAL "none" OR found VERSION_LESS PASSKEY_SWIG_MINIMUM)
    set(${result} "it needs SWIG >= ${PASSKEY_SWIG_MINIMUM} in ${CMAKE_BINARY_DIR}/venv or by \
-DSWIG_EXECUTABLE (pip install swig); found ${found}" PARENT_SCOPE)
  endif()
endfunction()

function(passkey_has_generated language result)
  set(${result} OFF PARENT_SCOPE)
  if(EXISTS ${PASSKEY_BINDINGS_DIR}/generated/${language}/${PASSKEY_SWIG_WRAPPER_${language}})
    set(${result} ON PARENT_SCOPE)
  endif()
endfunction()

# passkey_swig(language OUTDIR folder [BYPRODUCTS files]): makes the wrapper,
# whose path it leaves in the variable wrapper, and in OUTDIR the files of the
# language itself. Without BYPRODUCTS the folder is SWIG's alone: it is emptied.
function(passkey_swig language)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTDIR" "BYPRODUCTS")
  set(name ${PASSKEY_SWIG_WRAPPER_${language}})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(generated ${PASSKEY_BINDINGS_DIR}/generated/${language})
  set(interface ${PASSKEY_BINDINGS_DIR}/passkey.i)
  set(empty)
  if(NOT arg_BYPRODUCTS)
    set(empty COMMAND ${CMAKE_COMMAND} -E rm -rf ${arg_OUTDIR}
              COMMAND ${CMAKE_COMMAND} -E make_directory ${arg_OUTDIR})
  endif()
  passkey_has_generated(${language} has_generated)
  if(has_generated)
    set(make COMMAND ${CMAKE_COMMAND} -E copy ${generated}/${name} ${output})
    if(EXISTS ${generated}/files) # of Node.js there are none
      list(APPEND make COMMAND ${CMAKE_COMMAND} -E copy_directory ${generated}/files ${arg_OUTDIR})
    endif()
    set(sources ${generated}/${name})
  else()
    set(make COMMAND ${SWIG_EXECUTABLE} ${PASSKEY_SWIG_ARGUMENTS_${language}}
                     -outdir ${arg_OUTDIR} -o ${output} ${interface})
    set(sources ${interface} ${PASSKEY_BINDINGS_DIR}/${language}/passkey_${language}.i)
  endif()
  add_custom_command(OUTPUT ${output} ${arg_BYPRODUCTS} ${empty} ${make}
    DEPENDS ${sources} VERBATIM)
  set(wrapper ${output} PARENT_SCOPE)
endfunction()
