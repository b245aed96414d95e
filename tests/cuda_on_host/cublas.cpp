/* cuBLAS by CBLAS: arguments are checked when the call is made, the product is computed when the stream runs. */
#include <cblas.h>
#include <map>
#include <vector>

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

/* Rounded to as many bits behind the point as the kind of product keeps, to the nearest, ties to even. */
static float rounded(float x, int bits)
{
    uint32_t word, lost = 23 - static_cast<uint32_t>(bits);
    std::memcpy(&word, &x, sizeof word);
    word += (1u << (lost - 1)) - 1 + (word >> lost & 1);
    word &= ~((1u << lost) - 1);
    std::memcpy(&x, &word, sizeof word);
    return x;
}

namespace
{
/* A matrix as the product reads it. */
struct factor {
    std::vector<float> copy;
    const float *at;
    int leading;
    factor(const void *from, int rows, int columns, int leading_, cublasComputeType_t compute)
        : at(static_cast<const float *>(from)), leading(leading_)
    {
        if (compute == CUBLAS_COMPUTE_32F) return;
        int bits = compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? 10 : 7;
        for (int j = 0; j < columns; j++)
            for (int i = 0; i < rows; i++) copy.push_back(rounded(at[static_cast<size_t>(j) * leading_ + i], bits));
        at = copy.data();
        leading = rows;
    }
};

std::map<int, int> products; /* by kind, since the program began */

void count_products(cublasComputeType_t compute)
{
    if (compute != CUBLAS_COMPUTE_32F && compute != CUBLAS_COMPUTE_32F_FAST_TF32 && compute != CUBLAS_COMPUTE_32F_FAST_16BF)
        misuse("cublasGemmEx: kind %d is not used here", compute);
    products[compute]++;
}
} // namespace

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

const char *cublasGetStatusString(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_SUCCESS ? "success" : "the function failed to launch on the GPU";
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n, int k,
                            const void *alpha, const void *a, cudaDataType a_type, int lda, const void *b,
                            cudaDataType b_type, int ldb, const void *beta, void *c, cudaDataType c_type, int ldc,
                            cublasComputeType_t compute, cublasGemmAlgo_t)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (fault("cublasGemmEx")) return CUBLAS_STATUS_EXECUTION_FAILED;
    if (a_type != CUDA_R_32F || b_type != CUDA_R_32F || c_type != CUDA_R_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
    int a_rows = transa == CUBLAS_OP_N ? m : k, a_columns = transa == CUBLAS_OP_N ? k : m;
    int b_rows = transb == CUBLAS_OP_N ? k : n, b_columns = transb == CUBLAS_OP_N ? n : k;
    if (m < 1 || n < 1 || k < 1 || lda < a_rows || ldb < b_rows || ldc < m)
        misuse("cublasGemmEx: m %d, n %d, k %d, lda %d, ldb %d, ldc %d do not fit", m, n, k, lda, ldb, ldc);
    check_device(a, extent(a_rows, a_columns, lda), "cublasGemmEx, A");
    check_device(b, extent(b_rows, b_columns, ldb), "cublasGemmEx, B");
    check_device(c, extent(m, n, ldc), "cublasGemmEx, C");
    float alpha_value = *static_cast<const float *>(alpha), beta_value = *static_cast<const float *>(beta);
    count_products(compute);
    return queue(handle->stream,
                 [=] {
                     factor left(a, a_rows, a_columns, lda, compute), right(b, b_rows, b_columns, ldb, compute);
                     cblas_sgemm(CblasColMajor, transpose(transa), transpose(transb), m, n, k, alpha_value, left.at,
                                 left.leading, right.at, right.leading, beta_value, static_cast<float *>(c), ldc);
                 })
               ? CUBLAS_STATUS_EXECUTION_FAILED
               : CUBLAS_STATUS_SUCCESS;
}

int cuda_on_host_products(int compute)
{
    return products[compute];
}
}
