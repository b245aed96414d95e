#include "audio/silence_stderr.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

typedef void alsa_handler(const char *file, int line, const char *function, int code, const char *format, ...);
typedef void jack_handler(const char *message);

static void no_alsa_words(const char *file, int line, const char *function, int code, const char *format, ...)
{
    (void)file, (void)line, (void)function, (void)code, (void)format;
}

static void no_jack_words(const char *message)
{
    (void)message;
}

/* PortAudio brings these libraries along, on some systems; we link neither. NULL restores their own handlers. */
static void set_handlers(alsa_handler *alsa, jack_handler *jack)
{
    int (*set_alsa)(alsa_handler *) = (int (*)(alsa_handler *))dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler");
    void (*set_jack_error)(jack_handler *) = (void (*)(jack_handler *))dlsym(RTLD_DEFAULT, "jack_set_error_function");
    void (*set_jack_info)(jack_handler *) = (void (*)(jack_handler *))dlsym(RTLD_DEFAULT, "jack_set_info_function");
    if (set_alsa != NULL) set_alsa(alsa);
    if (set_jack_error != NULL) set_jack_error(jack);
    if (set_jack_info != NULL) set_jack_info(jack);
}

void silence_handlers(bool quiet)
{
    set_handlers(quiet ? no_alsa_words : NULL, quiet ? no_jack_words : NULL);
}

int silence_stderr(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return -1;
    int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0) dup2(nowhere, STDERR_FILENO);
    close(nowhere);
    return kept;
}

void restore_stderr(int kept)
{
    if (kept < 0) return;
    dup2(kept, STDERR_FILENO);
    close(kept);
}
