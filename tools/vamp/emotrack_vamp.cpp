#include "vamp/emotrack_vamp.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include <vamp-sdk/PluginAdapter.h>
#include <vamp/vamp.h>

namespace
{
const char *const models[] = {"music", "speech", "own"};
enum { MODELS = 3, OWN = 2, KEYS = 24, VALENCE = 0, AROUSAL, BOTH, CHANGES, VALENCE_ERROR, AROUSAL_ERROR, KEY, TEMPO };
} // namespace

EmotrackVamp::EmotrackVamp(float inputSampleRate) : Plugin(inputSampleRate) {}

EmotrackVamp::~EmotrackVamp()
{
    et_tracker_destroy(tracker);
    et_model_destroy(loaded);
}

size_t EmotrackVamp::getPreferredBlockSize() const
{
    return 4096;
}

Vamp::Plugin::ParameterList EmotrackVamp::getParameterDescriptors() const
{
    ParameterDescriptor which, step;
    which.identifier = "model";
    which.name = "Model";
    which.description = "What the sound is; own: the file that EMOTRACK_MODEL names";
    which.maxValue = MODELS - 1;
    which.isQuantized = step.isQuantized = true;
    which.quantizeStep = 1;
    which.valueNames.assign(models, models + MODELS);
    step.identifier = "step";
    step.name = "Step";
    step.description = "Time from one answer to the next";
    step.unit = "ms";
    step.minValue = 10;
    step.maxValue = 1000;
    step.defaultValue = 100;
    step.quantizeStep = 10;
    return {which, step};
}

float EmotrackVamp::getParameter(std::string name) const
{
    if (name == "model") return static_cast<float>(model);
    return name == "step" ? static_cast<float>(stepMs) : 0;
}

void EmotrackVamp::setParameter(std::string name, float value)
{
    if (!std::isfinite(value)) return;
    if (name == "model") model = std::clamp(static_cast<int>(std::lround(std::clamp(value, 0.f, 1e3f))), 0, MODELS - 1);
    if (name == "step") stepMs = std::clamp(10 * static_cast<int>(std::lround(std::clamp(value, 0.f, 1e6f) / 10)), 10, 1000);
}

Vamp::Plugin::OutputList EmotrackVamp::getOutputDescriptors() const
{
    OutputDescriptor valence;
    valence.identifier = "valence";
    valence.name = "Valence";
    valence.description = "Unpleasant (-1) to pleasant (1)";
    valence.hasFixedBinCount = true;
    valence.binCount = 1;
    valence.hasKnownExtents = true;
    valence.minValue = -1;
    valence.maxValue = 1;
    valence.sampleType = OutputDescriptor::VariableSampleRate;
    valence.sampleRate = 1000.f / static_cast<float>(stepMs);
    OutputDescriptor arousal = valence, both = valence, changes = valence, error = valence, key = valence, tempo = valence;
    arousal.identifier = "arousal";
    arousal.name = "Arousal";
    arousal.description = "Calm (-1) to excited (1)";
    both.identifier = "both";
    both.name = "Valence and arousal";
    both.description = "Both in one";
    both.binCount = 2;
    both.binNames = {"valence", "arousal"};
    changes.identifier = "changes";
    changes.name = "Changes of the music";
    changes.description = "Where the music changes so much that the memory of it begins anew";
    changes.binCount = 0;
    changes.hasKnownExtents = false;
    error.identifier = "valence_error";
    error.name = "Usual error of valence";
    error.description =
        "Root mean square over songs that the model had not heard, after so much sound; none where it does not know";
    error.minValue = 0;
    error.maxValue = 2;
    OutputDescriptor errorOfArousal = error;
    errorOfArousal.identifier = "arousal_error";
    errorOfArousal.name = "Usual error of arousal";
    key.identifier = "key";
    key.name = "Key";
    key.description = "Where another key is heard: 0 to 11 C major to B major, 12 to 23 C minor to B minor, -1 none";
    key.maxValue = KEYS - 1;
    key.isQuantized = true;
    key.quantizeStep = 1;
    tempo.identifier = "tempo";
    tempo.name = "Tempo";
    tempo.description = "Of the last seconds; nothing where no beat is heard";
    tempo.unit = "bpm";
    tempo.hasKnownExtents = false;
    return {valence, arousal, both, changes, error, errorOfArousal, key, tempo};
}

bool EmotrackVamp::initialise(size_t channelCount, size_t stepSize, size_t size)
{
    et_error error;
    if (channelCount < getMinChannelCount() || channelCount > getMaxChannelCount() || stepSize != size || size == 0)
        return false;
    et_tracker_destroy(tracker);
    et_model_destroy(loaded);
    tracker = nullptr;
    loaded = nullptr;
    channels = channelCount;
    blockSize = size;
    interleaved.assign(channels * blockSize, 0);
    et_tracker_options options = {};
    options.rate_hz = static_cast<double>(m_inputSampleRate);
    options.channels = static_cast<unsigned>(channels);
    options.step_ms = static_cast<unsigned>(stepMs);
    options.harmony = true;
    if (et_model_create(&loaded, model == OWN ? nullptr : models[model], &error) != ET_OK ||
        et_tracker_create(&tracker, loaded, &options, &error) != ET_OK) {
        std::cerr << "vamp-emotrack: " << error.message << std::endl;
        return false;
    }
    reset();
    return true;
}

void EmotrackVamp::reset()
{
    if (tracker != nullptr) et_tracker_reset(tracker);
    begun = silent = false;
    context = 0;
    keyBefore = -1;
}

void EmotrackVamp::takeError(FeatureSet &features, Feature f, const et_emotion &e) const
{
    float error[2];
    if (!et_model_error(loaded, static_cast<double>(e.context_s), &error[0], &error[1])) return;
    f.values = {error[0]};
    if (!std::isnan(e.valence)) features[VALENCE_ERROR].push_back(f);
    f.values = {error[1]};
    if (!std::isnan(e.arousal)) features[AROUSAL_ERROR].push_back(f);
}

void EmotrackVamp::takeHarmony(FeatureSet &features, Feature f, const et_harmony &h)
{
    f.values = {h.tempo_bpm};
    if (h.tempo_bpm > 0) features[TEMPO].push_back(f);
    if (h.key == keyBefore) return;
    keyBefore = h.key;
    f.values = {static_cast<float>(h.key)};
    f.label = h.key < 0 ? "none" : et_key_name(h.key);
    features[KEY].push_back(f);
}

void EmotrackVamp::take(FeatureSet &features)
{
    et_emotion e;
    et_harmony h;
    const auto rate = static_cast<unsigned>(std::lround(m_inputSampleRate));
    while (et_tracker_poll_harmony(tracker, &e, &h)) {
        Feature f;
        f.hasTimestamp = true;
        f.timestamp = start + Vamp::RealTime::frame2RealTime(std::lround(e.time_s * static_cast<double>(rate)), rate);
        const bool nowSilent = (e.flags & ET_FLAG_SILENCE) != 0;
        if (e.context_s < context - .5f && !silent && !nowSilent) features[CHANGES].push_back(f);
        context = e.context_s;
        silent = nowSilent;
        const bool hasValence = !std::isnan(e.valence), hasArousal = !std::isnan(e.arousal);
        f.values = {e.valence};
        if (hasValence) features[VALENCE].push_back(f);
        f.values = {e.arousal};
        if (hasArousal) features[AROUSAL].push_back(f);
        f.values = {e.valence, e.arousal};
        if (hasValence && hasArousal) features[BOTH].push_back(f);
        takeError(features, f, e);
        takeHarmony(features, f, h);
    }
}

Vamp::Plugin::FeatureSet EmotrackVamp::process(const float *const *inputBuffers, Vamp::RealTime timestamp)
{
    FeatureSet features;
    if (tracker == nullptr) return features;
    if (!begun) start = timestamp;
    begun = true;
    for (size_t i = 0; i < blockSize; i++)
        for (size_t c = 0; c < channels; c++) interleaved[i * channels + c] = inputBuffers[c][i];
    for (size_t done = 0; done < blockSize;) {
        const size_t now = std::min(blockSize - done, et_tracker_room(tracker));
        et_tracker_push(tracker, interleaved.data() + done * channels, now);
        take(features);
        done += now;
    }
    return features;
}

Vamp::Plugin::FeatureSet EmotrackVamp::getRemainingFeatures()
{
    FeatureSet features;
    if (tracker == nullptr) return features;
    et_tracker_flush(tracker);
    take(features);
    return features;
}

extern "C" __attribute__((visibility("default"))) const VampPluginDescriptor *vampGetPluginDescriptor(unsigned version,
                                                                                                      unsigned index)
{
    static Vamp::PluginAdapter<EmotrackVamp> adapter;
    return version >= 1 && index == 0 ? adapter.getDescriptor() : nullptr;
}
