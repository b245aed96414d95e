/* The stand-in itself: it gives what CUDA gives, and it finds what CUDA leaves undefined. */
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <vector>

extern "C" {
#include <cmocka.h>
}
#include <sys/wait.h>
#include <unistd.h>

#include "broken_kernels.h"
#include "control.h"
#include "cublas_v2.h"

namespace
{
enum { count = 1000, block = 128, blocks = 8 };
using kernel = void (*)(sum_arguments);

struct setting {
    cudaStream_t stream = nullptr;
    float *x = nullptr, *sum = nullptr, *pinned = nullptr;

    setting()
    {
        std::vector<float> ones(count);
        for (int i = 0; i < count; i++) ones[(size_t)i] = (float)(i % 7);
        cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
        cudaMalloc((void **)&x, count * sizeof(float));
        cudaMalloc((void **)&sum, blocks * sizeof(float));
        cudaMallocHost((void **)&pinned, blocks * sizeof(float));
        cudaMemcpyAsync(x, ones.data(), count * sizeof(float), cudaMemcpyHostToDevice, stream);
    }
    ~setting()
    {
        cudaFree(x);
        cudaFree(sum);
        cudaFreeHost(pinned);
        cudaStreamDestroy(stream);
    }
    cudaError_t run(kernel k, int flaw)
    {
        cudaError_t error = launch(k, blocks, block, block * sizeof(float), stream, sum_arguments{x, sum, count, flaw});
        if (error) return error;
        error = cudaMemcpyAsync(pinned, sum, blocks * sizeof(float), cudaMemcpyDeviceToHost, stream);
        return error ? error : cudaStreamSynchronize(stream);
    }
    bool right() const
    {
        for (int b = 0; b < blocks; b++) {
            float expected = 0;
            for (int i = b * block; i < count && i < (b + 1) * block; i++) expected += (float)(i % 7);
            if (pinned[b] != expected) return false;
        }
        return true;
    }
};

/* Runs `body` in a child. @return true if the child ended by itself and was content */
template <class Body> bool survives(Body body)
{
    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL); /* cmocka's handler would go on with the next test */
        if (!std::freopen("/dev/null", "w", stderr)) _exit(2);
        _exit(body() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool kernel_is_right(kernel k, int flaw)
{
    return survives([=] {
        for (unsigned seed = 0; seed < 4; seed++) {
            cuda_on_host_order(seed);
            setting s;
            if (s.run(k, flaw) || !s.right()) return false;
        }
        return true;
    });
}

void right_kernels_are_right(void **)
{
    assert_true(kernel_is_right(block_tree_sum, no_flaw));
    assert_true(kernel_is_right(block_shuffle_sum, no_flaw));
}

void every_flaw_is_found(void **)
{
    for (int flaw = no_meeting; flaw <= two_meetings; flaw++)
        if (kernel_is_right(block_tree_sum, flaw)) fail_msg("flaw %d of block_tree_sum was not found", flaw);
    if (kernel_is_right(block_shuffle_sum, lane_missing)) fail_msg("a missing lane was not found");
}

void misuse_of_memory_is_found(void **)
{
    assert_false(survives([] {
        setting s;
        return s.x[0] == 0; /* the host reads device memory */
    }));
    assert_false(survives([] {
        setting s;
        std::vector<float> host(blocks);
        return !launch(block_tree_sum, blocks, block, block * 4, s.stream, sum_arguments{s.x, host.data(), count, 0});
    }));
    assert_false(survives([] {
        setting s;
        return !cudaMemcpyAsync(s.pinned, s.sum, (blocks + 1) * sizeof(float), cudaMemcpyDeviceToHost, s.stream);
    }));
    assert_false(survives([] {
        setting s;
        return !cudaMemcpyAsync(s.pinned, s.sum, 4, cudaMemcpyHostToDevice, s.stream);
    }));
    assert_false(survives([] {
        setting s;
        cudaFree(s.x);
        return !cudaFree(s.x);
    }));
    assert_false(survives([] {
        setting s;
        float *x = s.x;
        cudaFree(x);
        s.x = nullptr;
        return !launch(block_tree_sum, blocks, block, block * 4, s.stream, sum_arguments{x, s.sum, count, 0});
    }));
}

void work_runs_only_when_waited_for(void **)
{
    setting s;
    s.pinned[0] = -1;
    launch(block_tree_sum, blocks, block, block * sizeof(float), s.stream, sum_arguments{s.x, s.sum, count, 0});
    cudaMemcpyAsync(s.pinned, s.sum, blocks * sizeof(float), cudaMemcpyDeviceToHost, s.stream);
    assert_true(s.pinned[0] == -1);
    assert_int_equal(cudaStreamSynchronize(s.stream), cudaSuccess);
    assert_true(s.right());
}

void graphs_replay_what_was_recorded(void **)
{
    setting s;
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    cudaStreamBeginCapture(s.stream, cudaStreamCaptureModeThreadLocal);
    launch(block_tree_sum, blocks, block, block * sizeof(float), s.stream, sum_arguments{s.x, s.sum, count, 0});
    cudaMemcpyAsync(s.pinned, s.sum, blocks * sizeof(float), cudaMemcpyDeviceToHost, s.stream);
    float *late;
    assert_int_equal(cudaMalloc((void **)&late, 4), cudaErrorStreamCaptureUnsupported);
    assert_int_equal(cudaStreamSynchronize(s.stream), cudaErrorStreamCaptureUnsupported);
    assert_int_equal(cudaStreamEndCapture(s.stream, &graph), cudaSuccess);
    assert_int_equal(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
    cudaGraphDestroy(graph);
    for (int i = 0; i < 3; i++) {
        for (int b = 0; b < blocks; b++) s.pinned[b] = -1;
        assert_int_equal(cudaGraphLaunch(executable, s.stream), cudaSuccess);
        assert_int_equal(cudaStreamSynchronize(s.stream), cudaSuccess);
        assert_true(s.right());
    }
    cudaGraphExecDestroy(executable);
}

void the_nth_call_fails(void **)
{
    setting s;
    void *p = nullptr;
    cuda_on_host_fail("cudaMalloc", 2, cudaErrorMemoryAllocation, false);
    assert_int_equal(cudaMalloc(&p, 4), cudaSuccess);
    cudaFree(p);
    assert_int_equal(cudaMalloc(&p, 4), cudaErrorMemoryAllocation);
    assert_int_equal(s.run(block_tree_sum, 0), cudaSuccess);
    cuda_on_host_fail(nullptr, 1, cudaErrorECCUncorrectable, true);
    assert_int_equal(s.run(block_tree_sum, 0), cudaErrorECCUncorrectable);
    assert_int_equal(s.run(block_tree_sum, 0), cudaErrorECCUncorrectable);
    cuda_on_host_reset();
    cuda_on_host_memory(1000);
    assert_int_equal(cudaMalloc(&p, 2000), cudaErrorMemoryAllocation);
    cuda_on_host_reset();
}

void products_are_products(void **)
{
    setting s;
    cublasHandle_t handle;
    float one = 1, zero = 0;
    cublasCreate(&handle);
    cublasSetStream(handle, s.stream);
    /* x as a 4 x 2 matrix by itself transposed: C = A A', 4 x 4, of which 2 x 4 fit */
    auto product = [&](cublasOperation_t second, int rows, int ldb, int ldc) {
        return cublasGemmEx(handle, CUBLAS_OP_N, second, rows, 4, 2, &one, s.x, CUDA_R_32F, 4, s.x, CUDA_R_32F, ldb, &zero,
                            s.sum, CUDA_R_32F, ldc, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
    };
    assert_int_equal(product(CUBLAS_OP_T, 2, 4, 2), CUBLAS_STATUS_SUCCESS);
    cudaMemcpyAsync(s.pinned, s.sum, blocks * sizeof(float), cudaMemcpyDeviceToHost, s.stream);
    cudaStreamSynchronize(s.stream);
    const float expected[8] = {16, 20, 20, 26, 24, 32, 0 * 3 + 4 * 0, 1 * 3 + 5 * 0};
    for (int i = 0; i < 8; i++) assert_true(s.pinned[i] == expected[i]);
    assert_false(survives([&] { return !product(CUBLAS_OP_N, 4, 2, 4); }));
    cublasDestroy(handle);
}

/* 1 + 2^-9 has 9 bits behind the point, 1 + 2^-11 has 11: rounded to 10 and to 7 bits, to the nearest. */
void factors_are_rounded_as_the_kind_says(void **)
{
    setting s;
    cublasHandle_t handle;
    float one = 1, zero = 0;
    const float x = 1 + 1 / 512.0f, y = 1 + 1 / 2048.0f;
    const struct {
        cublasComputeType_t kind;
        float product;
    } all[] = {{CUBLAS_COMPUTE_32F, x * y}, {CUBLAS_COMPUTE_32F_FAST_TF32, x}, {CUBLAS_COMPUTE_32F_FAST_16BF, 1}};
    cublasCreate(&handle);
    cublasSetStream(handle, s.stream);
    for (auto &one_kind : all) {
        s.pinned[0] = x;
        cudaMemcpyAsync(s.x, s.pinned, sizeof x, cudaMemcpyHostToDevice, s.stream);
        cudaStreamSynchronize(s.stream);
        s.pinned[0] = y;
        cudaMemcpyAsync(s.x + 1, s.pinned, sizeof y, cudaMemcpyHostToDevice, s.stream);
        int before = cuda_on_host_products(one_kind.kind);
        assert_int_equal(cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, s.x, CUDA_R_32F, 1, s.x + 1,
                                      CUDA_R_32F, 1, &zero, s.sum, CUDA_R_32F, 1, one_kind.kind, CUBLAS_GEMM_DEFAULT),
                         CUBLAS_STATUS_SUCCESS);
        assert_int_equal(cuda_on_host_products(one_kind.kind), before + 1);
        cudaMemcpyAsync(s.pinned, s.sum, sizeof x, cudaMemcpyDeviceToHost, s.stream);
        cudaStreamSynchronize(s.stream);
        assert_true(s.pinned[0] == one_kind.product);
    }
    cublasDestroy(handle);
}
} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_kernels_are_right),         cmocka_unit_test(every_flaw_is_found),
        cmocka_unit_test(misuse_of_memory_is_found),       cmocka_unit_test(work_runs_only_when_waited_for),
        cmocka_unit_test(graphs_replay_what_was_recorded), cmocka_unit_test(the_nth_call_fails),
        cmocka_unit_test(products_are_products),           cmocka_unit_test(factors_are_rounded_as_the_kind_says),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
