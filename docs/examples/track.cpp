// The same as track.c with owners that clean up.  Build:  c++ -std=c++17 track.cpp $(pkg-config --cflags --libs emotrack) -o track
#include <cstdio>
#include <cstdlib>
#include <emotrack.h>
#include <memory>
#include <stdexcept>
#include <vector>

struct Free {
    void operator()(et_model *m) const { et_model_destroy(m); }
    void operator()(et_tracker *t) const { et_tracker_destroy(t); }
};
using Model = std::unique_ptr<et_model, Free>;
using Tracker = std::unique_ptr<et_tracker, Free>;

template <class Owner, class Create, class... Arguments> Owner made(Create create, Arguments... arguments)
{
    typename Owner::pointer object = nullptr;
    et_error error;
    if (create(&object, arguments..., &error) != ET_OK) throw std::runtime_error(error.message);
    return Owner(object);
}

int main(int argc, char **argv)
try {
    et_tracker_options options{};
    options.rate_hz = argc > 1 ? std::atof(argv[1]) : 44100;
    options.channels = argc > 2 ? std::atoi(argv[2]) : 1;
    options.step_ms = 500;
    Model model = made<Model>(et_model_create, argc > 3 ? argv[3] : nullptr);
    Tracker tracker = made<Tracker>(et_tracker_create, model.get(), &options);
    std::vector<std::int16_t> samples(441 * options.channels);
    while (std::size_t frames = std::fread(samples.data(), 2 * options.channels, 441, stdin)) {
        et_tracker_push_s16(tracker.get(), samples.data(), frames);
        for (et_emotion e; et_tracker_poll(tracker.get(), &e);) std::printf("%.1f %.6f %.6f\n", e.time_s, e.valence, e.arousal);
    }
} catch (const std::exception &problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
