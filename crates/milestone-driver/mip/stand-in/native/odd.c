/* A native library as the adapter never wants to meet one: for tests. It is connected, has nothing to tell, and its
 * sessions have frames of an unknown codec, and now and then a picture. */
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

int32_t rtmp_push_v1_last_error(uint8_t *buffer, size_t capacity, size_t *needed)
{
    return say("an odd library", buffer, capacity, needed);
}

int32_t rtmp_push_v1_core_create(const RtmpPushConfig *config, RtmpPushCore *core)
{
    (void)config;
    *core = 1;
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

int32_t rtmp_push_v1_session_open(RtmpPushCore core, uint32_t device, RtmpPushSession *session)
{
    (void)core, (void)device;
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
