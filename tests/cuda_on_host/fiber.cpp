#include "fiber.h"

#include <cstdint>
#include <sys/mman.h>

#include "parts.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
static void __sanitizer_start_switch_fiber(void **, const void *, size_t) {}
static void __sanitizer_finish_switch_fiber(void *, const void **, size_t *) {}
#endif

#if defined(__x86_64__)
extern "C" void cuda_on_host_switch(void **save, void *load);
/* System V calling convention: these six and the stack pointer are all that a call must keep. */
__asm__(".text\n.globl cuda_on_host_switch\n.type cuda_on_host_switch,@function\ncuda_on_host_switch:\n"
        "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
        "movq %rsp,(%rdi)\nmovq %rsi,%rsp\n"
        "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n"
        ".size cuda_on_host_switch,.-cuda_on_host_switch\n");
#endif

namespace cuda_on_host
{
fiber::fiber()
{
    void *at = mmap(nullptr, stack_bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) misuse("no memory for the stack of a thread");
    mprotect(at, 4096, PROT_NONE);
    stack_ = static_cast<char *>(at) + 4096;
}

fiber::~fiber()
{
    munmap(stack_ - 4096, stack_bytes + 4096);
}

void fiber::prepare(void (*entry)())
{
    fresh_ = true;
#if defined(__x86_64__)
    auto top = reinterpret_cast<uintptr_t>(stack_ + stack_bytes) & ~uintptr_t{15};
    auto *frame =
        reinterpret_cast<void **>(top) - 8; /* six registers, where to go, and a return address that is never used */
    for (int i = 0; i < 8; i++) frame[i] = nullptr;
    frame[6] = reinterpret_cast<void *>(entry);
    inside_ = frame;
#else
    getcontext(&inside_);
    inside_.uc_stack.ss_sp = stack_;
    inside_.uc_stack.ss_size = stack_bytes;
    inside_.uc_link = nullptr;
    makecontext(&inside_, entry, 0);
#endif
}

void fiber::resume()
{
    __sanitizer_start_switch_fiber(&fake_outside_, stack_, stack_bytes);
#if defined(__x86_64__)
    cuda_on_host_switch(&outside_, inside_);
#else
    swapcontext(&outside_, &inside_);
#endif
    __sanitizer_finish_switch_fiber(fake_outside_, nullptr, nullptr);
}

void fiber::leave()
{
    __sanitizer_start_switch_fiber(&fake_inside_, outer_bottom_, outer_size_);
#if defined(__x86_64__)
    cuda_on_host_switch(&inside_, outside_);
#else
    swapcontext(&inside_, &outside_);
#endif
    fiber_arrived(this);
}

void fiber_arrived(fiber *f)
{
    __sanitizer_finish_switch_fiber(f->fresh_ ? nullptr : f->fake_inside_, &f->outer_bottom_, &f->outer_size_);
    f->fresh_ = false;
}
} // namespace cuda_on_host
