// The Vamp plug-in as a strict host sees it, by the rules that vamp-plugin-tester has: what it says of itself, odd blocks, reset,
// silence, sound that is none, several at once; and its features against the library's own answers, bit for bit.
// vamp_rules SOUND (mono, 44.1 kHz, of which 8 s are used), with VAMP_PATH and EMOTRACK_MODEL (one that knows its errors) set.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <sndfile.h>
#include <vamp-hostsdk/PluginLoader.h>

#include "emotrack.h"

using Vamp::Plugin;
using Vamp::RealTime;
using Host = std::unique_ptr<Plugin>;
using Sound = std::vector<float>;

namespace
{
const float RATE = 44100;
int failures = 0;

void check(bool good, const std::string &what)
{
    if (good) return;
    std::printf("failed: %s\n", what.c_str());
    failures++;
}

Host load(float rate = RATE)
{
    Plugin *plugin = Vamp::HostExt::PluginLoader::getInstance()->loadPlugin("vamp-emotrack:emotrack", rate, 0);
    if (plugin == nullptr) {
        std::printf("failed: the plug-in is not found in VAMP_PATH\n");
        std::exit(1);
    }
    plugin->setParameter("model", 2);
    return Host(plugin);
}

void append(Plugin::FeatureSet &all, const Plugin::FeatureSet &some)
{
    for (const auto &[output, list] : some) all[output].insert(all[output].end(), list.begin(), list.end());
}

// One block of `size` frames from frame `at` on, the same in all channels; zeros behind the end.
Plugin::FeatureSet give(Plugin &p, const Sound &sound, size_t at, size_t size, size_t channels)
{
    Sound block(size, 0);
    std::copy_n(sound.begin() + static_cast<long>(at), std::min(size, sound.size() - at), block.begin());
    const std::vector<const float *> buffers(channels, block.data());
    return p.process(buffers.data(), RealTime::frame2RealTime(static_cast<long>(at), static_cast<unsigned>(RATE)));
}

Plugin::FeatureSet run(Plugin &p, const Sound &sound, size_t size, size_t channels)
{
    Plugin::FeatureSet all;
    for (size_t at = 0; at < sound.size(); at += size) append(all, give(p, sound, at, size, channels));
    append(all, p.getRemainingFeatures());
    return all;
}

Plugin::FeatureSet runFresh(const Sound &sound, size_t size, size_t channels = 1)
{
    const Host p = load();
    check(p->initialise(channels, size, size), "it does not begin with blocks of " + std::to_string(size));
    return run(*p, sound, size, channels);
}

bool same(const Plugin::FeatureSet &a, const Plugin::FeatureSet &b)
{
    if (a.size() != b.size()) return false;
    for (const auto &[output, list] : a) {
        const auto other = b.find(output);
        if (other == b.end() || other->second.size() != list.size()) return false;
        for (size_t i = 0; i < list.size(); i++)
            if (list[i].timestamp != other->second[i].timestamp || list[i].values != other->second[i].values ||
                list[i].label != other->second[i].label)
                return false;
    }
    return true;
}

bool isIdentifier(const std::string &text)
{
    const char *const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !text.empty() && text.find_first_not_of(allowed) == std::string::npos;
}

void describesItself()
{
    const Host p = load();
    std::set<std::string> names;
    for (const auto &o : p->getOutputDescriptors()) {
        check(isIdentifier(o.identifier) && names.insert(o.identifier).second, "output identifier " + o.identifier);
        check(!o.name.empty() && !o.description.empty(), "words of output " + o.identifier);
        check(!o.hasKnownExtents || o.minValue < o.maxValue, "extents of output " + o.identifier);
        check(o.sampleType == Plugin::OutputDescriptor::VariableSampleRate && o.sampleRate > 0, "rate of " + o.identifier);
    }
    check(names.size() == 8, "eight outputs");
    for (const auto &o : p->getParameterDescriptors()) {
        check(isIdentifier(o.identifier) && o.minValue < o.maxValue, "parameter " + o.identifier);
        check(o.defaultValue >= o.minValue && o.defaultValue <= o.maxValue, "default of " + o.identifier);
        check(load()->getParameter(o.identifier) >= o.minValue, "value of " + o.identifier);
        for (const float wild : {-1e30f, 1e30f, std::numeric_limits<float>::quiet_NaN()}) {
            p->setParameter(o.identifier, wild);
            const float now = p->getParameter(o.identifier);
            check(now >= o.minValue && now <= o.maxValue, "wild value of " + o.identifier);
        }
    }
    check(p->getInputDomain() == Plugin::TimeDomain && p->getPreferredBlockSize() == p->getPreferredStepSize(), "blocks");
}

void obeysTheOrder()
{
    const Host p = load();
    check(p->getRemainingFeatures().empty(), "features before it was begun");
    p->reset();
    check(!p->initialise(0, 4096, 4096), "no channels are taken");
    check(!p->initialise(1, 2048, 4096), "blocks that overlap are taken");
    check(!p->initialise(1, 0, 0), "empty blocks are taken");
    check(!load(10)->initialise(1, 4096, 4096), "10 Hz are taken");
    check(p->initialise(1, 4096, 4096), "no second try");
    check(p->getRemainingFeatures().empty(), "features of no sound");
}

// What the library says of the same samples.
Plugin::FeatureSet wanted(const Sound &sound, unsigned channels)
{
    et_model *model = nullptr;
    et_tracker *tracker = nullptr;
    et_tracker_options options = {};
    options.rate_hz = static_cast<double>(RATE), options.channels = channels, options.step_ms = 100, options.harmony = true;
    if (et_model_create(&model, nullptr, nullptr) || et_tracker_create(&tracker, model, &options, nullptr)) std::exit(1);
    Plugin::FeatureSet all;
    et_emotion e;
    et_harmony h;
    int key = -1;
    const auto take = [&] {
        while (et_tracker_poll_harmony(tracker, &e, &h)) {
            float errors[2];
            const bool known = et_model_error(model, static_cast<double>(e.context_s), &errors[0], &errors[1]);
            Plugin::Feature f;
            f.hasTimestamp = true;
            f.timestamp = RealTime::frame2RealTime(std::lround(e.time_s * 44100), 44100);
            const auto add = [&](int output, std::vector<float> values) { f.values = values, all[output].push_back(f); };
            add(0, {e.valence}), add(1, {e.arousal}), add(2, {e.valence, e.arousal});
            if (known) add(4, {errors[0]}), add(5, {errors[1]});
            if (h.tempo_bpm > 0) add(7, {h.tempo_bpm});
            if (h.key == key) continue;
            key = h.key;
            f.label = key < 0 ? "none" : et_key_name(key);
            add(6, {static_cast<float>(key)});
        }
    };
    for (const float sample : sound) {
        const Sound frame(channels, sample);
        et_tracker_push(tracker, frame.data(), 1);
        take();
    }
    et_tracker_flush(tracker);
    take();
    et_tracker_destroy(tracker);
    et_model_destroy(model);
    return all;
}

void hasTheLibrarysNumbers(const Sound &sound)
{
    for (const unsigned channels : {1u, 2u}) {
        Plugin::FeatureSet got = runFresh(sound, 4410, channels); // blocks that end with the sound: none is filled up
        got.erase(3);
        check(same(got, wanted(sound, channels)),
              "not the library's numbers with " + std::to_string(channels) + " channels");
    }
}

void keepsItsWordOnFeatures(const Plugin::FeatureSet &all)
{
    const auto outputs = load()->getOutputDescriptors();
    for (const auto &[number, list] : all) {
        check(number >= 0 && static_cast<size_t>(number) < outputs.size(), "a feature of no output");
        const auto &o = outputs[static_cast<size_t>(number)];
        for (size_t i = 0; i < list.size(); i++) {
            const auto &f = list[i];
            check(f.hasTimestamp && (i == 0 || list[i - 1].timestamp < f.timestamp), "times of " + o.identifier);
            check(f.values.size() == o.binCount, "bins of " + o.identifier);
            for (const float value : f.values)
                check(std::isfinite(value) && (!o.hasKnownExtents || (value >= o.minValue && value <= o.maxValue)),
                      "values of " + o.identifier);
        }
    }
}

void bearsAnySound()
{
    Sound sounds[] = {Sound(3 * 44100, 0), Sound(3 * 44100, 1), Sound(3 * 44100), Sound(3 * 44100)};
    for (size_t i = 0; i < sounds[2].size(); i++) {
        sounds[2][i] = i % 2 ? 1e6f : -1e6f;
        sounds[3][i] = i % 1000 ? std::sin(.05f * static_cast<float>(i)) : std::numeric_limits<float>::quiet_NaN();
    }
    for (const Sound &sound : sounds) keepsItsWordOnFeatures(runFresh(sound, 4096));
}

void severalDoNotKnowOfEachOther(const Sound &sound, const Plugin::FeatureSet &alone)
{
    const Host a = load(), b = load();
    Plugin::FeatureSet fromA, fromB;
    const Sound other(sound.rbegin(), sound.rend());
    a->initialise(1, 4410, 4410), b->initialise(1, 4410, 4410);
    for (size_t at = 0; at < sound.size(); at += 4410) {
        append(fromA, give(*a, sound, at, 4410, 1));
        append(fromB, give(*b, other, at, 4410, 1));
    }
    append(fromA, a->getRemainingFeatures()), append(fromB, b->getRemainingFeatures());
    check(same(fromA, alone), "another instance changes the numbers");
    check(!same(fromB, alone), "other sound gives the same numbers");
    a->reset();
    check(same(run(*a, sound, 4410, 1), alone), "not the same after a reset");
}

void heedsItsParameters(const Sound &sound)
{
    const Host p = load();
    p->setParameter("step", 500);
    check(p->getOutputDescriptors()[0].sampleRate == 2.f, "the rate of the output for a step of 500 ms");
    p->initialise(1, 4410, 4410);
    const auto valence = run(*p, sound, 4410, 1)[0];
    check(valence.size() > 3 && valence[1].timestamp == RealTime(1, 0),
          "the time of the second answer for a step of 500 ms");
}

Sound read(const char *path)
{
    SF_INFO info = {};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == nullptr || info.channels != 1) std::exit(2);
    Sound sound(static_cast<size_t>(info.frames));
    sf_readf_float(file, sound.data(), info.frames);
    sf_close(file);
    sound.resize(std::min(sound.size() / 4410, size_t(80)) * 4410);
    return sound;
}
} // namespace

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    const Sound sound = read(argv[1]);
    const auto alone = runFresh(sound, 4410);
    describesItself();
    obeysTheOrder();
    keepsItsWordOnFeatures(alone);
    for (const int output : {0, 1, 2, 4, 5, 6, 7})
        check(alone.count(output) == 1, "nothing of output " + std::to_string(output));
    hasTheLibrarysNumbers(sound);
    for (const size_t size : {size_t(1), size_t(7), size_t(441), sound.size()})
        check(same(runFresh(sound, size), alone), "other numbers in blocks of " + std::to_string(size));
    severalDoNotKnowOfEachOther(sound, alone);
    heedsItsParameters(sound);
    bearsAnySound();
    return failures != 0;
}
