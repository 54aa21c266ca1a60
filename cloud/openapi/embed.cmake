# SPDX-License-Identifier: Apache-2.0
# Makes a C array of a text file: cmake -DIN=FILE -DOUT=FILE.c -P embed.cmake
file(READ "${IN}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" lines "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," lines "${lines}")
file(WRITE "${OUT}" "#include \"openapi/openapi.h\"\n\nconst char pk_openapi_text[] = {\n${lines}\n0};\n")
