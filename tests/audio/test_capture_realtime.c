/* A microphone in real time: PulseAudio's null sink, played into by `paplay` and listened to through its monitor and ALSA's
 * `pulse` plug-in. The server is a private one, in the test's own directory, and is killed to see a device go away. */
#include "drivers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { CHANNELS = 2, BLOCK = 441, SONG_S = 3, SONG = SONG_S * 44100 };

static pid_t server;

static pid_t run(char *const arguments[])
{
    pid_t child = fork();
    if (child != 0) return child;
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execvp(arguments[0], arguments);
    _exit(127);
}

static bool succeeds(char *const arguments[])
{
    int result = 1;
    return waitpid(run(arguments), &result, 0) > 0 && result == 0;
}

static bool start_server(void)
{
    char protocol[200];
    snprintf(protocol, sizeof protocol, "module-native-protocol-unix auth-anonymous=1 socket=%s/pulse.socket",
             sounds_directory);
    server = run((char *[]){"pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L",
                            "module-null-sink sink_name=virt rate=44100 channels=2 format=s16le", "-L", protocol, NULL});
    for (int i = 0; i < 50; i++) {
        usleep(100000);
        if (succeeds((char *[]){"pactl", "info", NULL})) return true;
        if (waitpid(server, NULL, WNOHANG) != 0) break;
    }
    return false;
}

static void stop_server(void)
{
    if (server <= 0) return;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    server = 0;
    unlink(sounds_path("pulse.socket"));
}

static bool set_up_microphone(void)
{
    char address[200];
    snprintf(address, sizeof address, "unix:%s/pulse.socket", sounds_directory);
    setenv("HOME", sounds_directory, 1);
    setenv("XDG_RUNTIME_DIR", sounds_directory, 1);
    setenv("PULSE_SERVER", address, 1);
    setenv("PULSE_SOURCE", "virt.monitor", 1);
    const char config[] = "pcm.emotrack_pulse { type pulse\n hint { show on description \"a monitor\" } }\n";
    sounds_put(sounds_path(".asoundrc"), config, sizeof config - 1);
    return start_server();
}

/* Takes what comes until `frames` are there, or too much time is over. */
static size_t listen(capture *c, float *heard, size_t frames, double patience_s)
{
    size_t had = 0;
    double end_s = capture_clock_s() + patience_s;
    while (had < frames && capture_clock_s() < end_s) {
        uint64_t lost;
        size_t got = capture_read(c, heard + had * CHANNELS, frames - had, &lost);
        had += got;
        if (got == 0) usleep(5000);
    }
    return had;
}

/* A sound server may sleep for some seconds before its first sound. */
static void await_sound(capture *c)
{
    float block[BLOCK * CHANNELS];
    assert_int_equal(listen(c, block, BLOCK, 8), BLOCK);
}

static size_t first_sound(const float *samples, size_t count)
{
    size_t i = 0;
    while (i < count && samples[i] == 0) i++;
    return i;
}

static void a_song_comes_through_sample_for_sample(void **state)
{
    (void)state;
    float *song = sounds_make(SONG, CHANNELS);
    memset(song, 0, SONG / 4 * CHANNELS * sizeof *song); /* the server may miss some of the beginning */
    sounds_write(sounds_path("song.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, song, SONG, CHANNELS);
    free(song);
    sounds_heard played = sounds_hear(sounds_path("song.wav"), NULL, 4096);
    capture *c;
    et_error error = {0};
    capture_options options = {.input = "emotrack_pulse", .channels = CHANNELS};
    if (capture_create(&c, &options, &error) != ET_OK) fail_msg("%s", error.message);
    await_sound(c);
    pid_t player = run((char *[]){"paplay", "--device=virt", (char *)sounds_path("song.wav"), NULL});
    size_t frames = 44100 * (SONG_S + 2);
    float *heard = malloc(frames * CHANNELS * sizeof *heard);
    frames = listen(c, heard, frames, SONG_S + 4);
    waitpid(player, NULL, 0);
    size_t start = first_sound(heard, frames * CHANNELS), begin = first_sound(played.samples, SONG * CHANNELS);
    assert_true(start < frames * CHANNELS);
    size_t compared = SONG * CHANNELS - begin;
    if (start + compared > frames * CHANNELS) fail_msg("%zu frames are not enough", frames);
    for (size_t i = 0; i < compared; i++)
        if (heard[start + i] != played.samples[begin + i])
            fail_msg("sample %zu: heard %.7f, played %.7f", i, (double)heard[start + i], (double)played.samples[begin + i]);
    assert_int_equal(capture_check(c, NULL), ET_OK);
    capture_destroy(c);
    free(heard);
    free(played.samples);
}

static et_status check_until(capture *c, et_status wanted, double seconds, et_error *error)
{
    double end_s = capture_clock_s() + seconds;
    et_status status;
    while ((status = capture_check(c, error)) != wanted && capture_clock_s() < end_s) usleep(100000);
    return status;
}

static void a_device_that_goes_is_told_and_taken_up_again(void **state)
{
    (void)state;
    capture *c;
    et_error error = {0};
    capture_options options = {.input = "emotrack_pulse", .channels = CHANNELS};
    if (capture_create(&c, &options, &error) != ET_OK) fail_msg("%s", error.message);
    await_sound(c);
    assert_int_equal(capture_check(c, NULL), ET_OK);
    stop_server();
    double gone_s = capture_clock_s();
    assert_int_equal(check_until(c, ET_ERROR_DEVICE, 5, &error), ET_ERROR_DEVICE);
    print_message("noticed after %.1f s: %s\n", capture_clock_s() - gone_s, error.message);
    assert_non_null(strstr(error.message, "emotrack_pulse"));
    usleep(1000000);
    assert_int_equal(capture_check(c, NULL), ET_ERROR_DEVICE);
    assert_true(start_server());
    double back_s = capture_clock_s();
    assert_int_equal(check_until(c, ET_OK, 5, &error), ET_OK);
    print_message("opened again after %.1f s\n", capture_clock_s() - back_s);
    float block[BLOCK * CHANNELS];
    uint64_t lost = 0, told = 0;
    size_t after = 0;
    for (int i = 0; i < 800 && after < 4410; i++) {
        size_t got = capture_read(c, block, BLOCK, &lost);
        told += lost;
        if (told > 0) after += got;
        if (got == 0 && lost == 0) usleep(10000);
    }
    assert_true(after >= 4410);
    double missed_s = (double)told / capture_rate_hz(c), away_s = capture_clock_s() - gone_s;
    if (missed_s < .9 || missed_s > away_s + .1) fail_msg("%.2f s counted as lost of %.2f s away", missed_s, away_s);
    assert_int_equal(capture_check(c, NULL), ET_OK);
    capture_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_song_comes_through_sample_for_sample),
        cmocka_unit_test(a_device_that_goes_is_told_and_taken_up_again),
    };
    if (sounds_set_up(NULL) != 0) return 1;
    int result = 77;
    if (set_up_microphone())
        result = cmocka_run_group_tests(tests, NULL, NULL);
    else
        print_message("skipped: no private PulseAudio server can be started here (packages pulseaudio, pulseaudio-utils)\n");
    stop_server();
    sounds_tear_down(NULL);
    return result;
}
