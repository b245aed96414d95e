/* Runs a grid. One block after another; in a block the threads are fibers that run one at a time, each until it meets the
   others. Their order is shuffled after every meeting, so that a missing meeting shows as a wrong result. */
#include <algorithm>
#include <bit>
#include <memory>
#include <vector>

#include "fiber.h"
#include "parts.h"
#include <sys/mman.h>

namespace cuda_on_host
{
dim3 thread_index, block_index, block_size, grid_size;

namespace
{
enum state { ready, at_block, at_warp, done };

struct thread {
    std::unique_ptr<fiber> stack;
    state where = ready;
    bool started = false;
    dim3 index;
    unsigned mask = 0;
    const char *file = nullptr;
    int line = 0;
    unsigned turn = 0; /* meetings of the warp so far: their slots alternate */
    uint64_t slot[2] = {0, 0};
};

std::vector<thread> threads; /* grown, never shrunk: stacks are used again */
size_t alive_count;          /* threads of the block now running */
size_t current;
const std::function<void()> *current_body;
const char *kernel_name = "";
unsigned order_seed = 2;
uint64_t random_state = 88172645463325252u;
char *shared_memory;
constexpr size_t shared_most = 256 * 1024;
size_t shared_size;

void enter()
{
    fiber_arrived(threads[current].stack.get());
    (*current_body)();
    threads[current].where = done;
    threads[current].stack->leave();
}

void wait(state where, const char *file, int line)
{
    thread &t = threads[current];
    t.where = where;
    t.file = file;
    t.line = line;
    t.stack->leave();
}

void run_thread(size_t i)
{
    thread &t = threads[i];
    current = i;
    thread_index = t.index;
    if (!t.started) {
        t.started = true;
        t.stack->prepare(enter);
    }
    t.stack->resume();
}

std::vector<size_t> order;

void shuffle_order()
{
    if (order_seed == 0) return;
    if (order_seed == 1) {
        std::reverse(order.begin(), order.end());
        return;
    }
    for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[next_random() % i]);
}

/* A warp goes on when every thread of the mask has come to the same place. */
bool release_warp(size_t first)
{
    size_t last = std::min(first + 32, alive_count);
    unsigned waiting = 0, mask = 0;
    const thread *one = nullptr;
    for (size_t i = first; i < last; i++) {
        if (threads[i].where != at_warp) continue;
        if (!one) {
            one = &threads[i];
            mask = one->mask;
        }
        if (threads[i].mask != mask || threads[i].line != one->line)
            misuse("%s: threads of one warp meet at %s:%d and at line %d", kernel_name, one->file, one->line,
                   threads[i].line);
        waiting |= 1u << (i - first);
    }
    if (!one) return false;
    for (size_t i = first; i < first + 32; i++)
        if ((mask >> (i - first) & 1) && (i >= last || threads[i].where == done))
            misuse("%s: %s:%d waits for lane %zu of its warp, which does not run", kernel_name, one->file, one->line,
                   i - first);
    if (waiting & ~mask) misuse("%s: %s:%d: a lane is not in its own mask", kernel_name, one->file, one->line);
    if (waiting != mask) return false;
    for (size_t i = first; i < last; i++)
        if (threads[i].where == at_warp) threads[i].where = ready;
    return true;
}

bool release_warps()
{
    bool any = false;
    for (size_t first = 0; first < alive_count; first += 32) any |= release_warp(first);
    return any;
}

/* The block goes on when every thread that has not ended has come to the same __syncthreads. */
bool release_block()
{
    const thread *one = nullptr;
    for (size_t i = 0; i < alive_count; i++) {
        const thread &t = threads[i];
        if (t.where == done) continue;
        if (!one) one = &t;
        if (t.where != at_block || t.line != one->line)
            misuse("%s: threads wait for each other for ever: one at %s:%d, one at line %d", kernel_name, one->file,
                   one->line, t.line);
    }
    if (!one) return false;
    for (size_t i = 0; i < alive_count; i++)
        if (threads[i].where == at_block) threads[i].where = ready;
    return true;
}

void run_block()
{
    if (shared_size) std::memset(dynamic_shared(), 0xff, shared_size); /* NaN until written */
    for (size_t i = 0; i < alive_count; i++) {
        threads[i].where = ready;
        threads[i].started = false;
        threads[i].turn = 0;
    }
    if (order_seed == 1) std::sort(order.begin(), order.end());
    do {
        shuffle_order();
        for (size_t i : order)
            if (threads[i].where == ready) run_thread(i);
    } while (release_warps() || release_block());
}

void prepare_threads(dim3 block)
{
    alive_count = size_t{block.x} * block.y * block.z;
    if (threads.size() < alive_count) threads.resize(alive_count);
    for (size_t i = 0; i < alive_count; i++) {
        if (!threads[i].stack) threads[i].stack = std::make_unique<fiber>();
        auto n = static_cast<unsigned>(i);
        threads[i].index = dim3(n % block.x, n / block.x % block.y, n / block.x / block.y);
    }
    order.resize(alive_count);
    for (size_t i = 0; i < alive_count; i++) order[i] = i;
}
} // namespace

unsigned next_random()
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return static_cast<unsigned>(random_state >> 32);
}

/* Ends at a page that cannot be touched. */
void *dynamic_shared()
{
    if (!shared_memory) {
        void *at = mmap(nullptr, shared_most + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) misuse("no memory for shared memory");
        shared_memory = static_cast<char *>(at);
        mprotect(shared_memory + shared_most, 4096, PROT_NONE);
    }
    return shared_memory + shared_most - shared_size;
}

void run_grid(const std::function<void()> &body, dim3 grid, dim3 block, size_t shared_bytes, const char *name)
{
    current_body = &body;
    kernel_name = name;
    shared_size = (shared_bytes + 15) & ~size_t{15};
    block_size = block;
    grid_size = grid;
    prepare_threads(block);
    size_t blocks = size_t{grid.x} * grid.y * grid.z;
    bool backwards = order_seed == 1 || (order_seed > 1 && next_random() % 2);
    for (size_t i = 0; i < blocks; i++) {
        auto n = static_cast<unsigned>(backwards ? blocks - 1 - i : i);
        block_index = dim3(n % grid.x, n / grid.x % grid.y, n / grid.x / grid.y);
        run_block();
    }
}

int lane_of_this()
{
    return static_cast<int>(current % 32);
}

void meet_block(const char *file, int line)
{
    wait(at_block, file, line);
}

void meet_warp(unsigned mask, const char *file, int line)
{
    threads[current].mask = mask;
    wait(at_warp, file, line);
}

uint64_t exchange(unsigned mask, uint64_t value, int lane, const char *file, int line)
{
    size_t self = current, warp = self / 32 * 32;
    unsigned turn = threads[self].turn++ % 2;
    threads[self].slot[turn] = value;
    meet_warp(mask, file, line);
    if (lane < 0 || lane > 31) return value; /* shuffles past the end of the warp give one's own value back */
    if (!(mask >> lane & 1)) misuse("%s: %s:%d takes lane %d, which is not in the mask", kernel_name, file, line, lane);
    return threads[warp + static_cast<size_t>(lane)].slot[turn];
}
} // namespace cuda_on_host

extern "C" void cuda_on_host_order(unsigned seed)
{
    cuda_on_host::order_seed = seed;
    if (seed > 1) cuda_on_host::random_state = 88172645463325252u ^ (uint64_t{seed} * 0x9e3779b97f4a7c15u);
}
