# SPDX-License-Identifier: Apache-2.0
# Makes a C array of a text file: cmake -DIN=FILE -DOUT=FILE.c -DNAME=SYMBOL -P embed-text.cmake
file(READ "${IN}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" lines "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," lines "${lines}")
file(WRITE "${OUT}" "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${lines}\n0};\n")
