#include "tags/tags.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <utility>

#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/asftag.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2header.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mp4tag.h>
#include <taglib/mpcfile.h>
#include <taglib/mpegfile.h>
#include <taglib/textidentificationframe.h>
#include <taglib/trueaudiofile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>
#include <taglib/xiphcomment.h>

namespace
{

using TagLib::String;
using TagLib::StringList;

const char valence[] = "EMOTRACK_VALENCE", arousal[] = "EMOTRACK_AROUSAL", mood[] = "EMOTRACK_MOOD",
           model[] = "EMOTRACK_MODEL";

/* Named texts in one kind of tag. `shown` is the name of the mood that players show. */
class Fields
{
  public:
    explicit Fields(const char *shown_name) : shown(shown_name) {}
    virtual ~Fields() = default;
    virtual String get(const String &name) const = 0;
    virtual void set(const String &name, const String &value) = 0; /* an empty value takes the field out */
    virtual bool save() = 0;
    const String shown;
};

class Id3Fields : public Fields
{
  public:
    using Save = std::function<bool(TagLib::ID3v2::Version)>;

    /* ID3v2.3 has no TMOO; a tag keeps the version that it has. */
    Id3Fields(TagLib::ID3v2::Tag *of, Save how)
        : Fields(of->header()->majorVersion() < 4 ? "MOOD" : "TMOO"), tag(of), save_as(std::move(how))
    {
    }
    String get(const String &name) const override
    {
        if (name == "TMOO") return tag->frameList("TMOO").isEmpty() ? String() : tag->frameList("TMOO").front()->toString();
        const auto *frame = TagLib::ID3v2::UserTextIdentificationFrame::find(tag, name);
        return frame && frame->fieldList().size() > 1 ? frame->fieldList()[1] : String();
    }
    void set(const String &name, const String &value) override
    {
        if (name == "TMOO") {
            tag->removeFrames("TMOO");
            if (!value.isEmpty()) tag->addFrame(text("TMOO", value));
            return;
        }
        while (auto *frame = TagLib::ID3v2::UserTextIdentificationFrame::find(tag, name)) tag->removeFrame(frame);
        if (!value.isEmpty())
            tag->addFrame(new TagLib::ID3v2::UserTextIdentificationFrame(name, StringList(value), String::Latin1));
    }
    bool save() override { return save_as(tag->header()->majorVersion() < 4 ? TagLib::ID3v2::v3 : TagLib::ID3v2::v4); }

  private:
    static TagLib::ID3v2::Frame *text(const char *id, const String &value)
    {
        auto *frame = new TagLib::ID3v2::TextIdentificationFrame(id, String::Latin1);
        frame->setText(value);
        return frame;
    }
    TagLib::ID3v2::Tag *tag;
    Save save_as;
};

class XiphFields : public Fields
{
  public:
    XiphFields(TagLib::File *in, TagLib::Ogg::XiphComment *of) : Fields("MOOD"), file(in), tag(of) {}
    String get(const String &name) const override
    {
        const auto found = tag->fieldListMap().find(name);
        return found == tag->fieldListMap().end() ? String() : found->second.toString(", ");
    }
    void set(const String &name, const String &value) override
    {
        tag->removeFields(name);
        if (!value.isEmpty()) tag->addField(name, value);
    }
    bool save() override { return file->save(); }

  private:
    TagLib::File *file;
    TagLib::Ogg::XiphComment *tag;
};

class Mp4Fields : public Fields
{
  public:
    explicit Mp4Fields(TagLib::MP4::File *in) : Fields("MOOD"), file(in) {}
    String get(const String &name) const override
    {
        return file->tag()->contains(atom(name)) ? file->tag()->item(atom(name)).toStringList().toString(", ") : String();
    }
    void set(const String &name, const String &value) override
    {
        file->tag()->removeItem(atom(name));
        if (!value.isEmpty()) file->tag()->setItem(atom(name), TagLib::MP4::Item(StringList(value)));
    }
    bool save() override { return file->save(); }

  private:
    static String atom(const String &name) { return "----:com.apple.iTunes:" + name; }
    TagLib::MP4::File *file;
};

class AsfFields : public Fields
{
  public:
    explicit AsfFields(TagLib::ASF::File *in) : Fields("WM/Mood"), file(in) {}
    String get(const String &name) const override
    {
        const TagLib::ASF::AttributeList all = file->tag()->attribute(name);
        return all.isEmpty() ? String() : all.front().toString();
    }
    void set(const String &name, const String &value) override
    {
        file->tag()->removeItem(name);
        if (!value.isEmpty()) file->tag()->setAttribute(name, TagLib::ASF::Attribute(value));
    }
    bool save() override { return file->save(); }

  private:
    TagLib::ASF::File *file;
};

class ApeFields : public Fields
{
  public:
    ApeFields(TagLib::File *in, TagLib::APE::Tag *of) : Fields("MOOD"), file(in), tag(of) {}
    String get(const String &name) const override
    {
        const auto found = tag->itemListMap().find(name);
        return found == tag->itemListMap().end() ? String() : found->second.toString();
    }
    void set(const String &name, const String &value) override
    {
        tag->removeItem(name);
        if (!value.isEmpty()) tag->addValue(name, value);
    }
    bool save() override { return file->save(); }

  private:
    TagLib::File *file;
    TagLib::APE::Tag *tag;
};

/* What holds the fields in a file of this kind; nothing: a kind that is not known. */
std::unique_ptr<Fields> fields_of(TagLib::File *file)
{
    if (auto *mpeg = dynamic_cast<TagLib::MPEG::File *>(file))
        return std::make_unique<Id3Fields>(mpeg->ID3v2Tag(true), [mpeg](TagLib::ID3v2::Version version) {
            return mpeg->save(TagLib::MPEG::File::ID3v2, TagLib::File::StripNone, version, TagLib::File::DoNotDuplicate);
        });
    if (auto *wav = dynamic_cast<TagLib::RIFF::WAV::File *>(file))
        return std::make_unique<Id3Fields>(wav->ID3v2Tag(), [wav](TagLib::ID3v2::Version version) {
            return wav->save(TagLib::RIFF::WAV::File::ID3v2, TagLib::File::StripNone, version);
        });
    if (auto *aiff = dynamic_cast<TagLib::RIFF::AIFF::File *>(file))
        return std::make_unique<Id3Fields>(aiff->tag(),
                                           [aiff](TagLib::ID3v2::Version version) { return aiff->save(version); });
    if (auto *tta = dynamic_cast<TagLib::TrueAudio::File *>(file))
        return std::make_unique<Id3Fields>(tta->ID3v2Tag(true), [tta](TagLib::ID3v2::Version) { return tta->save(); });
    if (auto *flac = dynamic_cast<TagLib::FLAC::File *>(file))
        return std::make_unique<XiphFields>(file, flac->xiphComment(true));
    if (auto *mp4 = dynamic_cast<TagLib::MP4::File *>(file)) return std::make_unique<Mp4Fields>(mp4);
    if (auto *asf = dynamic_cast<TagLib::ASF::File *>(file)) return std::make_unique<AsfFields>(asf);
    if (auto *ape = dynamic_cast<TagLib::APE::File *>(file)) return std::make_unique<ApeFields>(file, ape->APETag(true));
    if (auto *mpc = dynamic_cast<TagLib::MPC::File *>(file)) return std::make_unique<ApeFields>(file, mpc->APETag(true));
    if (auto *wv = dynamic_cast<TagLib::WavPack::File *>(file)) return std::make_unique<ApeFields>(file, wv->APETag(true));
    if (auto *xiph = dynamic_cast<TagLib::Ogg::XiphComment *>(file->tag())) return std::make_unique<XiphFields>(file, xiph);
    return nullptr;
}

et_status fail(et_error *error, et_status status, const char *name, const char *why)
{
    if (error) {
        error->status = status;
        std::snprintf(error->message, sizeof error->message, "%.400s: %s", name, why);
    }
    return status;
}

void copy(char *out, size_t room, const String &value)
{
    std::snprintf(out, room, "%s", value.toCString(true));
}

void read_fields(song_tags *out, const Fields &fields)
{
    copy(out->valence, sizeof out->valence, fields.get(valence));
    copy(out->arousal, sizeof out->arousal, fields.get(arousal));
    copy(out->mood, sizeof out->mood, fields.get(mood));
    copy(out->model, sizeof out->model, fields.get(model));
}

void write_fields(Fields &fields, const song_tags *tags)
{
    const String shown = fields.get(fields.shown), ours = fields.get(mood);
    if (shown.isEmpty() || shown == ours) fields.set(fields.shown, tags->mood);
    fields.set(mood, tags->mood);
    fields.set(valence, tags->valence);
    fields.set(arousal, tags->arousal);
    fields.set(model, tags->model);
}

/* Opens a file, and does with its fields what is to be done. TagLib knows files by their contents where a name says nothing. */
template <typename Work> et_status with_fields(const char *path, const char *name, et_error *error, Work work)
{
    try {
        const TagLib::FileRef file(path, false);
        if (file.isNull() || !file.file()->isValid())
            return fail(
                error, ET_ERROR_UNSUPPORTED, name,
                "no kind of file whose tags are known; MP3, FLAC, Ogg, Opus, M4A, WMA, WAV, AIFF, WavPack are, and others");
        const std::unique_ptr<Fields> fields = fields_of(file.file());
        if (!fields)
            return fail(error, ET_ERROR_UNSUPPORTED, name, "its kind of file has tags that emotrack does not write");
        return work(*fields);
    } catch (const std::bad_alloc &) {
        return fail(error, ET_ERROR_MEMORY, name, "no memory for its tags");
    } catch (const std::exception &problem) {
        return fail(error, ET_ERROR_FORMAT, name, problem.what());
    }
}

} // namespace

bool tags_built(void)
{
    return true;
}

et_status tags_read(song_tags *out, const char *path, const char *name, et_error *error)
{
    *out = song_tags{};
    return with_fields(path, name, error, [&](Fields &fields) {
        read_fields(out, fields);
        return ET_OK;
    });
}

et_status tags_write(const char *path, const char *name, const song_tags *tags, et_error *error)
{
    return with_fields(path, name, error, [&](Fields &fields) {
        write_fields(fields, tags);
        return fields.save() ? ET_OK : fail(error, ET_ERROR_FILE, name, "its tags cannot be written");
    });
}
