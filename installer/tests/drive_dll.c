/* Drives the driver's DLL through its C interface, as the adapter does:
 *
 *   drive_dll DLL FOLDER PORT OUTPUT SECONDS [tls PASSWORD]
 *
 * Loads the DLL, starts a core on PORT with rtmp.pfx from FOLDER, prints "listening", writes the
 * H.264 frames of the first camera to OUTPUT until its publisher has stopped (or SECONDS have
 * passed), prints every event and log line, closes everything and unloads the DLL.
 * Exit code 0 when frames came, every call did what it should, and the DLL was unloaded. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "rtmp_push_driver.h"

#define FUNCTIONS(X) \
    X(rtmp_push_abi_version) X(rtmp_push_v1_last_error) X(rtmp_push_v1_hardware_mac) \
    X(rtmp_push_v1_hardware_serial) X(rtmp_push_v1_setting) X(rtmp_push_v1_core_create) \
    X(rtmp_push_v1_core_apply_settings) \
    X(rtmp_push_v1_core_settings) X(rtmp_push_v1_core_start) X(rtmp_push_v1_core_stop) \
    X(rtmp_push_v1_core_destroy) X(rtmp_push_v1_core_status) X(rtmp_push_v1_core_stats) \
    X(rtmp_push_v1_core_push_url) X(rtmp_push_v1_core_next_event) X(rtmp_push_v1_core_next_log) \
    X(rtmp_push_v1_session_open) X(rtmp_push_v1_session_next_frame) X(rtmp_push_v1_session_close) \
    X(rtmp_push_v1_session_destroy) X(rtmp_push_v1_frame_release)

#define DECLARE(name) static __typeof__(&name) p_##name;
FUNCTIONS(DECLARE)

static int load(HMODULE dll)
{
    int missing = 0;
#define LOAD(name) \
    p_##name = (__typeof__(&name))(void (*)(void))GetProcAddress(dll, #name); \
    if (!p_##name) \
        missing++, fprintf(stderr, "missing export: %s\n", #name);
    FUNCTIONS(LOAD)
    return missing == 0;
}

/* For what takes as long as it takes. */
#define PATIENT_MS 60000

static int failures;

static int32_t check(const char *what, int32_t code)
{
    if (code < 0) {
        uint8_t text[512];
        size_t length = 0;
        p_rtmp_push_v1_last_error(text, sizeof text, &length);
        fprintf(stderr, "%s: %d: %.*s\n", what, (int)code, (int)length, (char *)text);
        failures++;
    }
    return code;
}

static void expect(const char *what, int32_t expected, int32_t code)
{
    if (code != expected) {
        fprintf(stderr, "%s: expected %d, got %d\n", what, (int)expected, (int)code);
        failures++;
    }
}

/* Prints what happened; returns 1 when the first camera's stream has stopped. */
static int collect(RtmpPushCore core)
{
    uint8_t text[2048];
    size_t length;
    int stopped = 0;
    RtmpPushLogLine line = {.size = sizeof line};
    while (p_rtmp_push_v1_core_next_log(core, 0, &line, text, sizeof text, &length) == RTMP_PUSH_RECEIVED)
        printf("log %u %.*s\n", (unsigned)line.level, (int)length, (char *)text);
    RtmpPushEvent event = {.size = sizeof event};
    while (p_rtmp_push_v1_core_next_event(core, 0, &event, text, sizeof text, &length) == RTMP_PUSH_RECEIVED) {
        printf("event %u camera %d\n", (unsigned)event.kind, (int)event.camera);
        stopped |= event.kind == RTMP_PUSH_EVENT_STREAM_STOPPED && event.camera == 1;
    }
    fflush(stdout);
    return stopped;
}

static unsigned long record(RtmpPushCore core, RtmpPushSession session, FILE *output, DWORD milliseconds)
{
    unsigned long frames = 0;
    DWORD start = GetTickCount();
    int64_t latest = 0;
    int stopped = 0;
    while (!stopped && GetTickCount() - start < milliseconds) {
        stopped = collect(core);
        for (;;) {
            RtmpPushFrame frame = {.size = sizeof frame};
            if (check("next frame", p_rtmp_push_v1_session_next_frame(session, 100, &frame)) != RTMP_PUSH_RECEIVED)
                break;
            int live = frame.codec == RTMP_PUSH_CODEC_H264;
            if (frame.time <= latest || frame.sync_time > frame.time)
                fprintf(stderr, "time does not increase\n"), failures++;
            if (live && frames == 0 && !(frame.flags & RTMP_PUSH_FRAME_KEY))
                fprintf(stderr, "the first frame is no key frame\n"), failures++;
            latest = frame.time;
            if (live) {
                frames++;
                fwrite(frame.data, 1, frame.len, output);
            }
            check("release", p_rtmp_push_v1_frame_release(&frame));
            if (!live && stopped)
                break;
        }
    }
    return frames;
}

int main(int count, char **arguments)
{
    if (count < 6)
        return 2;
    HMODULE dll = LoadLibraryExA(arguments[1], NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!dll || !load(dll)) {
        fprintf(stderr, "the DLL does not load: %lu\n", GetLastError());
        return 1;
    }
    if (p_rtmp_push_abi_version() >> 16 != 1)
        return 1;

    const char *uri = "http://localhost/";
    RtmpPushConfig config = {.size = sizeof config,
                             .uri = (const uint8_t *)uri,
                             .uri_len = strlen(uri),
                             .data_dir = (const uint8_t *)arguments[2],
                             .data_dir_len = strlen(arguments[2])};
    RtmpPushCore core = 0;
    check("create", p_rtmp_push_v1_core_create(&config, &core));
    char settings[512];
    int length = snprintf(settings, sizeof settings, "ServerPort=%s\n", arguments[3]);
    if (count == 8)
        length += snprintf(settings + length, sizeof settings - length, "EnableTls=true\nTlsCertificatePassword=%s\n",
                           arguments[7]);
    check("settings", p_rtmp_push_v1_core_apply_settings(core, (const uint8_t *)settings, length, PATIENT_MS));
    expect("a bad port", RTMP_PUSH_INVALID_ARGUMENT,
           p_rtmp_push_v1_core_apply_settings(core, (const uint8_t *)"ServerPort=0\n", 13, 0));
    uint8_t text[4096];
    size_t needed;
    check("read settings", p_rtmp_push_v1_core_settings(core, text, sizeof text, &needed));
    check("mac", p_rtmp_push_v1_hardware_mac((const uint8_t *)"localhost:8783", 14, text, sizeof text, &needed));
    expect("length of a MAC address", 17, (int32_t)needed);
    check("serial", p_rtmp_push_v1_hardware_serial((const uint8_t *)"localhost:8783", 14, text, sizeof text, &needed));
    if (check("start", p_rtmp_push_v1_core_start(core, PATIENT_MS)) != RTMP_PUSH_OK)
        return 1;
    RtmpPushSession session = 0;
    check("open", p_rtmp_push_v1_session_open(core, RTMP_PUSH_DEVICE_CAMERA, 1, &session));
    check("url", p_rtmp_push_v1_core_push_url(core, 1, text, sizeof text, &needed));
    printf("listening: push to %.*s\n", (int)needed, (char *)text);
    fflush(stdout);

    FILE *output = fopen(arguments[4], "wb");
    if (!output)
        return 1;
    unsigned long frames = record(core, session, output, (DWORD)atoi(arguments[5]) * 1000);
    fclose(output);
    RtmpPushStatus status = {.size = sizeof status};
    check("status", p_rtmp_push_v1_core_status(core, &status, text, sizeof text, &needed));
    RtmpPushStats stats = {.size = sizeof stats};
    check("stats", p_rtmp_push_v1_core_stats(core, 1, &stats, text, sizeof text, &needed));
    expect("frames that sessions got", (int32_t)frames, (int32_t)stats.frames_out);

    check("close", p_rtmp_push_v1_session_close(session));
    check("destroy session", p_rtmp_push_v1_session_destroy(session));
    expect("a stale session", RTMP_PUSH_CLOSED, p_rtmp_push_v1_session_close(session));
    check("stop", p_rtmp_push_v1_core_stop(core, PATIENT_MS));
    collect(core);
    check("destroy", p_rtmp_push_v1_core_destroy(core));
    expect("a stale core", RTMP_PUSH_CLOSED, p_rtmp_push_v1_core_stop(core, PATIENT_MS));
    if (!FreeLibrary(dll))
        failures++;
    printf("%lu frames, %d failures\n", frames, failures);
    return frames > 0 && failures == 0 ? 0 : 1;
}
