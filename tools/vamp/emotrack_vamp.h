/** Valence and arousal as a Vamp plug-in, for Sonic Visualiser, Audacity and sonic-annotator. Numbers are those of
 *  `emotrack annotate` on the same samples; each stands at the end of the sound that it has heard. */
#ifndef EMOTRACK_TOOLS_VAMP_EMOTRACK_VAMP_H
#define EMOTRACK_TOOLS_VAMP_EMOTRACK_VAMP_H

#include <vamp-sdk/Plugin.h>

#include <string>
#include <vector>

#include "emotrack.h"

class EmotrackVamp : public Vamp::Plugin
{
  public:
    explicit EmotrackVamp(float inputSampleRate);
    ~EmotrackVamp() override;
    EmotrackVamp(const EmotrackVamp &) = delete;
    EmotrackVamp &operator=(const EmotrackVamp &) = delete;

    std::string getIdentifier() const override { return "emotrack"; }
    std::string getName() const override { return "Emotion: valence and arousal"; }
    std::string getDescription() const override
    {
        return "How pleasant and how excited the sound is, several times a second";
    }
    std::string getMaker() const override { return "the emotrack maintainers"; }
    std::string getCopyright() const override { return "see the file copyright of the package"; }
    int getPluginVersion() const override { return 2; }
    InputDomain getInputDomain() const override { return TimeDomain; }
    size_t getPreferredBlockSize() const override;
    size_t getPreferredStepSize() const override { return getPreferredBlockSize(); }
    size_t getMinChannelCount() const override { return 1; }
    size_t getMaxChannelCount() const override { return 256; }

    ParameterList getParameterDescriptors() const override;
    float getParameter(std::string name) const override;
    void setParameter(std::string name, float value) override;
    OutputList getOutputDescriptors() const override;

    /** @return false, with the reason on stderr, for other steps than blocks, other rates than the library's, a missing model */
    bool initialise(size_t channels, size_t stepSize, size_t blockSize) override;
    void reset() override;
    FeatureSet process(const float *const *inputBuffers, Vamp::RealTime timestamp) override;
    FeatureSet getRemainingFeatures() override;

  private:
    void take(FeatureSet &features);
    void takeError(FeatureSet &features, Feature at, const et_emotion &e) const;
    void takeHarmony(FeatureSet &features, Feature at, const et_harmony &h);

    size_t channels = 0, blockSize = 0;
    int model = 0, stepMs = 100; // parameters
    et_model *loaded = nullptr;
    et_tracker *tracker = nullptr;
    std::vector<float> interleaved;
    bool begun = false;
    Vamp::RealTime start;
    float context = 0;
    bool silent = false; // the answer before
    int keyBefore = -1;
};

#endif
