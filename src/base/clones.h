/** One binary for every x86-64: a function marked CPU_CLONES is compiled for the baseline, for AVX2 and for AVX-512, and the
 *  loader picks the best one that the processor has. Contraction to FMA is off in the whole build, so all three give the
 *  same bits as long as the source fixes the order of the sums. Elsewhere (arm64, sanitizers, whose run-time is not up when
 *  the loader asks) the plain function is all there is. */
#ifndef EMOTRACK_BASE_CLONES_H
#define EMOTRACK_BASE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(EMOTRACK_NO_CLONES)
#define CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CPU_CLONES __attribute__((noinline))
#endif

#endif
