# SPDX-License-Identifier: Apache-2.0
# Run by scripts/generate-wrappers:
#   cmake -DSWIG_EXECUTABLE=swig -DOUT=folder -DLANGUAGES=python;node;java -P …
include(${CMAKE_CURRENT_LIST_DIR}/PasskeySwig.cmake)

passkey_find_swig(swig_is_missing)
if(swig_is_missing)
  message(FATAL_ERROR "${swig_is_missing}")
endif()
foreach(language ${LANGUAGES})
  if(NOT PASSKEY_SWIG_WRAPPER_${language})
    message(FATAL_ERROR "There is no language ${language}: python, node, java")
  endif()
  set(folder ${OUT}/${language})
  file(REMOVE_RECURSE ${folder})
  file(MAKE_DIRECTORY ${folder}/files)
  # Its name alone goes into what SWIG writes, whoever makes it wherever.
  execute_process(COMMAND ${SWIG_EXECUTABLE} ${PASSKEY_SWIG_ARGUMENTS_${language}}
                  -outdir files -o ${PASSKEY_SWIG_WRAPPER_${language}}
                  ${PASSKEY_BINDINGS_DIR}/passkey.i
                  WORKING_DIRECTORY ${folder} COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB files ${folder}/files/*)
  if(NOT files)
    file(REMOVE_RECURSE ${folder}/files)
  endif()
endforeach()
