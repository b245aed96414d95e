/** A coroutine with its own stack: how one thread of a block waits for the others on one CPU core. */
#ifndef CUDA_ON_HOST_FIBER_H
#define CUDA_ON_HOST_FIBER_H

#include <cstddef>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace cuda_on_host
{
class fiber
{
  public:
    fiber();
    ~fiber();
    fiber(const fiber &) = delete;
    fiber &operator=(const fiber &) = delete;

    /** Starts `entry` from its beginning at the next resume(). `entry` must not return: it ends by leave(). */
    void prepare(void (*entry)());
    /** Runs the fiber until it leaves. Called from outside. */
    void resume();
    /** Goes back to who resumed it. Called from inside. */
    void leave();

  private:
    static constexpr size_t stack_bytes = 64 * 1024;
    char *stack_;
#if defined(__x86_64__)
    void *inside_ = nullptr, *outside_ = nullptr;
#else
    ucontext_t inside_, outside_;
#endif
    void *fake_inside_ = nullptr, *fake_outside_ = nullptr;
    const void *outer_bottom_ = nullptr;
    size_t outer_size_ = 0;
    bool fresh_ = true;
    friend void fiber_arrived(fiber *);
};

/** Must be the first call in a fiber's entry. */
void fiber_arrived(fiber *f);
} // namespace cuda_on_host

#endif
