/* cuBLAS by CBLAS: arguments are checked when the call is made, the product is computed when the stream runs. */
#include <cblas.h>

#include "cublas_v2.h"
#include "parts.h"

using namespace cuda_on_host;

struct cublasContext {
    cudaStream_t stream;
};

static CBLAS_TRANSPOSE transpose(cublasOperation_t op)
{
    return op == CUBLAS_OP_T ? CblasTrans : CblasNoTrans;
}

/* Bytes from the first to past the last number of a column-major matrix. */
static size_t extent(int rows, int columns, int leading)
{
    return sizeof(float) * (static_cast<size_t>(leading) * static_cast<size_t>(columns - 1) + static_cast<size_t>(rows));
}

static cublasStatus_t failed(const char *call)
{
    return fault(call) ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}

extern "C" {
cublasStatus_t cublasCreate(cublasHandle_t *handle)
{
    if (fault("cublasCreate")) return CUBLAS_STATUS_NOT_INITIALIZED;
    *handle = new cublasContext{};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return failed("cublasSetStream");
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t, void *workspace, size_t bytes)
{
    check_device(workspace, bytes, "cublasSetWorkspace");
    return failed("cublasSetWorkspace");
}

cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t)
{
    return failed("cublasSetMathMode");
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_SUCCESS ? "success" : "the function failed to launch on the GPU";
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m,
                                         int n, int k, const float *alpha, const float *a, int lda, long long stride_a,
                                         const float *b, int ldb, long long stride_b, const float *beta, float *c, int ldc,
                                         long long stride_c, int batch)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (fault("cublasSgemm")) return CUBLAS_STATUS_EXECUTION_FAILED;
    int a_rows = transa == CUBLAS_OP_N ? m : k, a_columns = transa == CUBLAS_OP_N ? k : m;
    int b_rows = transb == CUBLAS_OP_N ? k : n, b_columns = transb == CUBLAS_OP_N ? n : k;
    if (m < 1 || n < 1 || k < 1 || batch < 1 || lda < a_rows || ldb < b_rows || ldc < m)
        misuse("cublasSgemm: m %d, n %d, k %d, batch %d, lda %d, ldb %d, ldc %d do not fit", m, n, k, batch, lda, ldb, ldc);
    for (int i = 0; i < batch; i++) {
        check_device(a + i * stride_a, extent(a_rows, a_columns, lda), "cublasSgemm, A");
        check_device(b + i * stride_b, extent(b_rows, b_columns, ldb), "cublasSgemm, B");
        check_device(c + i * stride_c, extent(m, n, ldc), "cublasSgemm, C");
    }
    float alpha_value = *alpha, beta_value = *beta;
    queue(handle->stream, [=] {
        for (int i = 0; i < batch; i++)
            cblas_sgemm(CblasColMajor, transpose(transa), transpose(transb), m, n, k, alpha_value, a + i * stride_a, lda,
                        b + i * stride_b, ldb, beta_value, c + i * stride_c, ldc);
    });
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n, int k,
                           const float *alpha, const float *a, int lda, const float *b, int ldb, const float *beta, float *c,
                           int ldc)
{
    return cublasSgemmStridedBatched(handle, transa, transb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}
}
