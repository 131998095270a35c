# cmake -DOUT=FILE.cc -DFOLDER=static -DFILES=a,b -P EmbedFiles.cmake: the files as bytes, for src/web/files.h.
string(REPLACE "," ";" FILES "${FILES}")
set(arrays "")
set(rows "")
set(index 0)
foreach(name IN LISTS FILES)
  file(READ ${FOLDER}/${name} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char k${index}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", k${index}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT} "#include \"web/files.h\"\n
namespace credence::web {
namespace {\n
${arrays}
constexpr File kFiles[] = {
${rows}};\n
}  // namespace\n
std::span<const File> Files() { return kFiles; }\n
}  // namespace credence::web\n")
