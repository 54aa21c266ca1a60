# SPDX-License-Identifier: Apache-2.0
# Warnings and hardening for every C target (passkey_flags to link to).
include(CheckCCompilerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES C) # else -fPIE alone would be asked for, and not -pie

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)

option(PASSKEY_WERROR "Warnings are errors (for developers and CI)" OFF)

add_library(passkey_flags INTERFACE)
target_compile_definitions(passkey_flags INTERFACE _GNU_SOURCE)
target_compile_options(passkey_flags INTERFACE
  -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wimplicit-fallthrough
  -Wstrict-prototypes -Wmissing-prototypes -Werror=format-security
  -Werror=implicit-function-declaration -Werror=incompatible-pointer-types -Werror=int-conversion
  -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
  $<$<BOOL:${PASSKEY_WERROR}>:-Werror>)
target_link_options(passkey_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)

# The OpenSSF compiler options hardening guide, as far as this compiler has it.
# Not -z nodlopen: a library built so, and whatever needs it, cannot be dlopened.
set(for_this_processor)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(for_this_processor -mbranch-protection=standard)
endif()
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
        ${for_this_processor} -ftrivial-auto-var-init=zero -fzero-init-padding-bits=all
        -fzero-call-used-regs=used-gpr -fstrict-flex-arrays=3 -fexceptions
        -Wshadow=local -Wtrampolines -Wbidi-chars=any)
  string(MAKE_C_IDENTIFIER "PASSKEY_HAVE${flag}" have)
  check_c_compiler_flag(${flag} ${have})
  if(${have})
    target_compile_options(passkey_flags INTERFACE ${flag})
  endif()
endforeach()

if(PASSKEY_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "PASSKEY_FUZZ needs clang: -DCMAKE_C_COMPILER=clang")
  endif()
  target_compile_options(passkey_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(PASSKEY_SANITIZE)
  target_compile_options(passkey_flags INTERFACE
    -fsanitize=${PASSKEY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(passkey_flags INTERFACE -fsanitize=${PASSKEY_SANITIZE})
else()
  target_compile_options(passkey_flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
endif()
