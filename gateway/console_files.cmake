# cmake -DFOLDER=… -DOUT=… -P console_files.cmake: the files of a folder as C++.
file(GLOB files ${FOLDER}/*.html ${FOLDER}/*.js ${FOLDER}/*.css ${FOLDER}/*.svg)
set(rows "")
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  if(name STREQUAL "index.html")
    set(name "")
  endif()
  file(READ ${file} bytes HEX)
  file(SHA256 ${file} hash)
  string(LENGTH "${bytes}" digits)
  math(EXPR length "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${bytes}")
  # A literal in pieces of 2,000 bytes: compilers need not take longer ones.
  string(REGEX REPLACE "((\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..))" "\\1\"\n\"" escaped "${escaped}")
  string(APPEND rows
    "    {\"/${name}\", \"\\\"${hash}\\\"\",\n     {\"${escaped}\", ${length}}},\n")
endforeach()
file(WRITE ${OUT} "#include <array>
#include <span>

#include \"gateway/console.hpp\"

namespace stellwerk::gateway {

std::span<const console_file> console_files() {
  static constexpr auto files = std::to_array<console_file>({
${rows}  });
  return files;
}

}  // namespace stellwerk::gateway
")
