/* A native library as the adapter never wants to meet one: for tests. It is connected, has nothing to tell, and its
 * sessions have frames of an unknown codec, and now and then a picture. Its settings are others than those of ours, one
 * of a kind that nobody knows. */
#include <stdio.h>
#include <string.h>

#include "rtmp_push_driver.h"

#define UNKNOWN_CODEC 99
#define FRAMES_TO_A_PICTURE 10

static const uint8_t data[] = {0xFF, 0xD8, 0xFF, 0xD9};

static int32_t say(const char *text, uint8_t *buffer, size_t capacity, size_t *needed)
{
    size_t length = strlen(text);
    if (needed)
        *needed = length;
    if (length > capacity)
        return RTMP_PUSH_BUFFER_TOO_SMALL;
    memcpy(buffer, text, length);
    return RTMP_PUSH_OK;
}

uint32_t rtmp_push_abi_version(void)
{
    return RTMP_PUSH_ABI_VERSION;
}

/* What it was given latest, to be read back. */
static char given[1024];

int32_t rtmp_push_v1_last_error(uint8_t *buffer, size_t capacity, size_t *needed)
{
    return say(given, buffer, capacity, needed);
}

int32_t rtmp_push_v1_hardware_mac(const uint8_t *authority, size_t authority_len, uint8_t *buffer, size_t capacity,
                                  size_t *needed)
{
    (void)authority, (void)authority_len;
    return say("02:00:00:00:00:00", buffer, capacity, needed);
}

int32_t rtmp_push_v1_hardware_serial(const uint8_t *authority, size_t authority_len, uint8_t *buffer, size_t capacity,
                                     size_t *needed)
{
    (void)authority, (void)authority_len;
    return say("000000", buffer, capacity, needed);
}

static const struct {
    uint32_t scope, kind, min, max;
    const char *text;
} settings[] = {
    {RTMP_PUSH_SCOPE_HARDWARE, RTMP_PUSH_KIND_NUMBER, 5, 50,
     "key=Seats\nname=Number of Seats\ndescription=All\nid=00000000-0000-0000-0000-000000000001\ndefault=20\n"},
    {RTMP_PUSH_SCOPE_HARDWARE, RTMP_PUSH_KIND_CHOICE, 0, 0,
     "key=Door\nname=Front Door\ndescription=Whom it lets in\nid=00000000-0000-0000-0000-000000000002\n"
     "default=Open\nchoice[Open]=Open to all\nchoice[Shut]=Shut\n"},
    {RTMP_PUSH_SCOPE_HARDWARE, 77, 0, 0,
     "key=Mood\nname=Mood\ndescription=Of the day\nid=00000000-0000-0000-0000-000000000003\ndefault=bright\n"},
    {RTMP_PUSH_SCOPE_CAMERA, RTMP_PUSH_KIND_SECRET, 0, 0,
     "key=RoomKey\nname=Room Key\ndescription=Opens it\nid=00000000-0000-0000-0000-000000000004\n"},
    {RTMP_PUSH_SCOPE_CAMERA, RTMP_PUSH_KIND_TEXT, 0, 0,
     "key=Room\nname=Room Name\ndescription=On the door\nid=00000000-0000-0000-0000-000000000005\n"
     "default[1]=hall\ndefault[2]=kitchen\n"},
};

int32_t rtmp_push_v1_setting(uint32_t index, RtmpPushSetting *setting, uint8_t *buffer, size_t capacity, size_t *needed)
{
    if (index >= sizeof settings / sizeof *settings)
        return RTMP_PUSH_OK;
    setting->scope = settings[index].scope;
    setting->kind = settings[index].kind;
    setting->min = settings[index].min;
    setting->max = settings[index].max;
    int32_t code = say(settings[index].text, buffer, capacity, needed);
    return code == RTMP_PUSH_OK ? RTMP_PUSH_RECEIVED : code;
}

int32_t rtmp_push_v1_core_settings(RtmpPushCore core, uint8_t *buffer, size_t capacity, size_t *needed)
{
    (void)core;
    return say("Seats=30\nDoor=Shut\nMood=grey\nRoom[1]=hall\n", buffer, capacity, needed);
}

int32_t rtmp_push_v1_core_apply_settings(RtmpPushCore core, const uint8_t *text, size_t len, int32_t timeout_ms)
{
    (void)core, (void)timeout_ms;
    snprintf(given, sizeof given, "it was given %.*s", (int)len, (const char *)text);
    return RTMP_PUSH_INVALID_ARGUMENT;
}

int32_t rtmp_push_v1_core_create(const RtmpPushConfig *config, RtmpPushCore *core)
{
    (void)config;
    *core = 1;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_core_set_login(
    RtmpPushCore core, const uint8_t *user, size_t user_len, const uint8_t *password, size_t password_len)
{
    (void)core, (void)user, (void)user_len, (void)password, (void)password_len;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_core_start(RtmpPushCore core, int32_t timeout_ms)
{
    (void)core, (void)timeout_ms;
    return RTMP_PUSH_PENDING;
}

int32_t rtmp_push_v1_core_stop(RtmpPushCore core, int32_t timeout_ms)
{
    (void)core, (void)timeout_ms;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_core_destroy(RtmpPushCore core)
{
    (void)core;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_core_status(RtmpPushCore core, RtmpPushStatus *status, uint8_t *buffer, size_t capacity,
                                 size_t *needed)
{
    (void)core;
    status->state = RTMP_PUSH_STATE_STARTING;
    return say("", buffer, capacity, needed);
}

int32_t rtmp_push_v1_core_next_event(RtmpPushCore core, int32_t timeout_ms, RtmpPushEvent *event, uint8_t *buffer,
                                     size_t capacity, size_t *needed)
{
    (void)core, (void)timeout_ms, (void)event;
    say("", buffer, capacity, needed);
    return RTMP_PUSH_CLOSED;
}

int32_t rtmp_push_v1_core_next_log(RtmpPushCore core, int32_t timeout_ms, RtmpPushLogLine *line, uint8_t *buffer,
                                   size_t capacity, size_t *needed)
{
    (void)core, (void)timeout_ms, (void)line;
    say("", buffer, capacity, needed);
    return RTMP_PUSH_CLOSED;
}

int32_t rtmp_push_v1_session_open(RtmpPushCore core, uint32_t kind, uint32_t number, RtmpPushSession *session)
{
    (void)core, (void)kind, (void)number;
    *session = 2;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_session_next_frame(RtmpPushSession session, int32_t timeout_ms, RtmpPushFrame *frame)
{
    static int64_t time = 639000000000000000;
    static unsigned frames;
    (void)session, (void)timeout_ms;
    frame->codec = ++frames % FRAMES_TO_A_PICTURE ? UNKNOWN_CODEC : RTMP_PUSH_CODEC_JPEG;
    frame->len = sizeof data;
    frame->data = data;
    frame->time = frame->sync_time = time += 10000000;
    frame->flags = RTMP_PUSH_FRAME_KEY;
    frame->kind = RTMP_PUSH_DEVICE_CAMERA;
    return RTMP_PUSH_RECEIVED;
}

int32_t rtmp_push_v1_session_close(RtmpPushSession session)
{
    (void)session;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_session_destroy(RtmpPushSession session)
{
    (void)session;
    return RTMP_PUSH_OK;
}

int32_t rtmp_push_v1_frame_release(RtmpPushFrame *frame)
{
    frame->data = NULL;
    return RTMP_PUSH_OK;
}
