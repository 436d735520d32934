#include "actors/model/call_context.hpp"

namespace stellwerk {

principal_ptr nobody() {
  static const principal one;
  return {principal_ptr{}, &one};  // owned by nobody: threads share no count
}

}  // namespace stellwerk
