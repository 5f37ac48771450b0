/* A host of the C ABI: goes through what include/rtmp_push_driver.h promises, then lets threads hammer it.
 *
 *   host [CLIP.flv]
 *
 * With a clip, ffmpeg pushes it and the frames have to come. Run it through `run`, which does so under valgrind too. */
#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rtmp_push_driver.h"

static_assert(sizeof(RtmpPushFrame) == 72, "frame");
static_assert(sizeof(RtmpPushConfig) == 56, "config");
static_assert(sizeof(RtmpPushStatus) == 48, "status");
static_assert(sizeof(RtmpPushStats) == 144, "stats");
static_assert(sizeof(RtmpPushEvent) == 24, "event");
static_assert(sizeof(RtmpPushLogLine) == 16, "log line");
static_assert(sizeof(RtmpPushSetting) == 24, "setting");

#define FIRST_PORT 32100
#define LAST_PORT 32700

/* For what takes as long as it takes. */
#define PATIENT_MS 60000
/* For what takes milliseconds, on a machine that has other things to do. */
#define MOST_SECONDS 20

/* The text of the latest failure, for messages. */
static const char *last_error(void)
{
    static _Thread_local char text[1024];
    size_t length = 0;
    if (rtmp_push_v1_last_error((uint8_t *)text, sizeof text - 1, &length) != RTMP_PUSH_OK)
        length = 0;
    text[length] = 0;
    return text;
}

#define CHECK(condition)                                                                                 \
    do {                                                                                                 \
        if (!(condition)) {                                                                              \
            fprintf(stderr, "%s:%d: not so: %s (last error: %s)\n", __FILE__, __LINE__, #condition,      \
                    last_error());                                                                       \
            exit(1);                                                                                     \
        }                                                                                                \
    } while (0)

static struct timespec now(void)
{
    struct timespec time;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
    return time;
}

static double seconds_since(struct timespec start)
{
    struct timespec end = now();
    return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

static RtmpPushCore create_in(const char *uri, const char *folder, const char *settings)
{
    RtmpPushConfig config = {
        .size = sizeof config,
        .uri = (const uint8_t *)uri,
        .uri_len = uri ? strlen(uri) : 0,
        .data_dir = (const uint8_t *)folder,
        .data_dir_len = strlen(folder),
        .settings = (const uint8_t *)settings,
        .settings_len = strlen(settings),
    };
    RtmpPushCore core = 0;
    CHECK(rtmp_push_v1_core_create(&config, &core) == RTMP_PUSH_OK);
    CHECK(core != 0 && (int64_t)core > 0);
    return core;
}

static RtmpPushCore create(const char *uri)
{
    return create_in(uri, ".", "");
}

static int32_t apply(RtmpPushCore core, const char *settings)
{
    return rtmp_push_v1_core_apply_settings(core, (const uint8_t *)settings, strlen(settings), PATIENT_MS);
}

/* Starts the core on a port that nobody else uses. */
static unsigned start(RtmpPushCore core)
{
    static atomic_uint next_port = FIRST_PORT;
    for (;;) {
        unsigned port = atomic_fetch_add(&next_port, 1);
        CHECK(port <= LAST_PORT);
        char setting[32];
        snprintf(setting, sizeof setting, "ServerPort=%u\n", port);
        CHECK(apply(core, setting) == RTMP_PUSH_OK);
        int32_t code = rtmp_push_v1_core_start(core, PATIENT_MS);
        if (code == RTMP_PUSH_OK)
            return port;
        CHECK(code == RTMP_PUSH_IO);
    }
}

static RtmpPushSession open_session(RtmpPushCore core, uint32_t camera)
{
    RtmpPushSession session = 0;
    CHECK(rtmp_push_v1_session_open(core, RTMP_PUSH_DEVICE_CAMERA, camera, &session) == RTMP_PUSH_OK);
    return session;
}

static RtmpPushStatus status_of(RtmpPushCore core)
{
    RtmpPushStatus status = {.size = sizeof status};
    uint8_t text[256];
    size_t needed = 0;
    CHECK(rtmp_push_v1_core_status(core, &status, text, sizeof text, &needed) == RTMP_PUSH_OK);
    return status;
}

/* Adds up all bytes: whatever is not valid memory shows under valgrind and the sanitizers. */
static unsigned checksum(const RtmpPushFrame *frame)
{
    unsigned sum = 0;
    for (uint64_t i = 0; i < frame->len; i++)
        sum = sum * 31 + frame->data[i];
    return sum;
}

static void names_and_numbers(void)
{
    CHECK(rtmp_push_abi_version() >> 16 == RTMP_PUSH_ABI_VERSION >> 16);
    uint8_t mac[18];
    size_t needed = 0;
    const char *authority = "localhost:8783";
    size_t length = strlen(authority);
    CHECK(rtmp_push_v1_hardware_mac((const uint8_t *)authority, length, mac, 3, &needed) ==
          RTMP_PUSH_BUFFER_TOO_SMALL);
    CHECK(needed == 17);
    CHECK(rtmp_push_v1_hardware_mac((const uint8_t *)authority, length, mac, sizeof mac, NULL) == RTMP_PUSH_OK);
    CHECK(memcmp(mac, "02:2B:10:35:CD:B2", 17) == 0);
}

/* The table of settings: a host needs no other one. */
static void table_of_settings(void)
{
    uint8_t text[2048];
    size_t needed = 0, of_cameras = 0;
    uint32_t count = 0;
    RtmpPushSetting setting = {.size = sizeof setting};
    while (rtmp_push_v1_setting(count, &setting, text, sizeof text - 1, &needed) == RTMP_PUSH_RECEIVED) {
        text[needed] = 0;
        CHECK(memcmp(text, "key=", 4) == 0 && strstr((char *)text, "\nname=") && strstr((char *)text, "\nid="));
        CHECK(setting.kind != RTMP_PUSH_KIND_NUMBER || setting.min < setting.max);
        of_cameras += setting.scope == RTMP_PUSH_SCOPE_CAMERA;
        count++;
    }
    CHECK(count >= 8 && of_cameras >= 1);
    CHECK(rtmp_push_v1_setting(0, &setting, text, 4, &needed) == RTMP_PUSH_BUFFER_TOO_SMALL);
    setting.size = 20;
    CHECK(rtmp_push_v1_setting(0, &setting, text, sizeof text, &needed) == RTMP_PUSH_WRONG_SIZE);
}

static void refusals(void)
{
    RtmpPushCore core = create("http://192.0.2.1:8783/");
    CHECK(rtmp_push_v1_core_start(core, PATIENT_MS) == RTMP_PUSH_INVALID_ARGUMENT);
    CHECK(strstr(last_error(), "192.0.2.1"));
    CHECK(apply(core, "RateLimitMaxRequests=0\n") == RTMP_PUSH_INVALID_ARGUMENT);
    CHECK(strstr(last_error(), "Rate Limit Max Requests Per Second"));
    CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
    CHECK(rtmp_push_v1_core_start(core, PATIENT_MS) == RTMP_PUSH_CLOSED);

    core = create(NULL);
    RtmpPushSession session = 0;
    CHECK(rtmp_push_v1_session_open(core, RTMP_PUSH_DEVICE_CAMERA, 1, &session) == RTMP_PUSH_BAD_STATE);
    start(core);
    CHECK(rtmp_push_v1_session_open(core, RTMP_PUSH_DEVICE_CAMERA, 0, &session) == RTMP_PUSH_INVALID_ARGUMENT);
    CHECK(rtmp_push_v1_session_open(core, RTMP_PUSH_DEVICE_CAMERA, RTMP_PUSH_CAMERAS + 1, &session) == RTMP_PUSH_INVALID_ARGUMENT);
    RtmpPushFrame small = {.size = sizeof small - 8};
    session = open_session(core, 1);
    CHECK(rtmp_push_v1_session_next_frame(session, 0, &small) == RTMP_PUSH_WRONG_SIZE);
    CHECK(rtmp_push_v1_session_next_frame(session, 0, NULL) == RTMP_PUSH_INVALID_ARGUMENT);
    CHECK(rtmp_push_v1_session_destroy(session) == RTMP_PUSH_OK);
    CHECK(rtmp_push_v1_session_destroy(session) == RTMP_PUSH_CLOSED);
    CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
}

static void offline_pictures(void)
{
    RtmpPushCore core = create(NULL);
    start(core);
    RtmpPushSession session = open_session(core, 8);
    RtmpPushFrame first = {.size = sizeof first}, second = {.size = sizeof second};
    CHECK(rtmp_push_v1_session_next_frame(session, 30000, &first) == RTMP_PUSH_RECEIVED);
    CHECK(rtmp_push_v1_session_next_frame(session, 30000, &second) == RTMP_PUSH_RECEIVED);
    CHECK(first.codec == RTMP_PUSH_CODEC_JPEG && first.data[0] == 0xFF && first.data[1] == 0xD8);
    CHECK(first.flags & RTMP_PUSH_FRAME_KEY && first.flags & RTMP_PUSH_FRAME_OFFLINE_PICTURE);
    CHECK(second.time > first.time && second.sync_time == second.time);
    /* The first ones may be plain: what they are to show is being drawn. */
    for (int patience = 0; checksum(&first) == checksum(&second); patience++) {
        CHECK(patience < 60);
        CHECK(rtmp_push_v1_frame_release(&second) == RTMP_PUSH_OK);
        CHECK(rtmp_push_v1_session_next_frame(session, 30000, &second) == RTMP_PUSH_RECEIVED);
    }
    CHECK(status_of(core).frames_held == 2);

    /* Frames outlive their core. */
    CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
    CHECK(checksum(&first) != checksum(&second));
    RtmpPushFrame copy = first;
    CHECK(rtmp_push_v1_frame_release(&first) == RTMP_PUSH_OK && first.data == NULL);
    CHECK(rtmp_push_v1_frame_release(&first) == RTMP_PUSH_OK);
    CHECK(rtmp_push_v1_frame_release(&copy) == RTMP_PUSH_CLOSED);
    CHECK(rtmp_push_v1_frame_release(&second) == RTMP_PUSH_OK);
}

extern char **environ;

static pid_t push(const char *clip, unsigned port)
{
    char url[64];
    snprintf(url, sizeof url, "rtmp://127.0.0.1:%u/stream1", port);
    const char *arguments[] = {"ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "quiet", "-re", "-i", clip,
                               "-c", "copy", "-f", "flv", url, NULL};
    pid_t child;
    CHECK(posix_spawnp(&child, "ffmpeg", NULL, NULL, (char **)arguments, environ) == 0);
    return child;
}

static void video(const char *clip)
{
    RtmpPushCore core = create(NULL);
    unsigned port = start(core);
    RtmpPushSession session = open_session(core, 1);
    pid_t publisher = push(clip, port);
    int64_t time = 0;
    unsigned frames = 0;
    for (int patience = 0; frames < 20; patience++) {
        CHECK(patience < 600);
        RtmpPushFrame frame = {.size = sizeof frame};
        int32_t code = rtmp_push_v1_session_next_frame(session, 1000, &frame);
        CHECK(code >= 0);
        if (code != RTMP_PUSH_RECEIVED)
            continue;
        CHECK(frame.time > time && frame.sync_time <= frame.time);
        time = frame.time;
        if (frame.codec == RTMP_PUSH_CODEC_H264) {
            CHECK(frames++ > 0 || frame.flags & RTMP_PUSH_FRAME_KEY);
            CHECK(frame.len > 4 && memcmp(frame.data, "\0\0\0\1", 4) == 0);
            checksum(&frame);
        }
        CHECK(rtmp_push_v1_frame_release(&frame) == RTMP_PUSH_OK);
    }

    RtmpPushEvent event = {.size = sizeof event};
    uint8_t text[1024];
    size_t needed = 0;
    CHECK(rtmp_push_v1_core_next_event(core, 30000, &event, text, sizeof text, &needed) == RTMP_PUSH_RECEIVED);
    CHECK(event.kind == RTMP_PUSH_EVENT_STREAM_STARTED && event.camera == 1);
    CHECK(needed > 14 && memcmp(text, "path=/stream1\n", 14) == 0);
    RtmpPushStats stats = {.size = sizeof stats};
    CHECK(rtmp_push_v1_core_stats(core, 1, &stats, text, sizeof text, &needed) == RTMP_PUSH_OK);
    CHECK(stats.flags & RTMP_PUSH_CAMERA_PUBLISHING && stats.width == 320 && stats.height == 240);
    /* The latest one may not have been counted yet. */
    CHECK(stats.frames_in >= 19 && stats.frames_out >= 20);
    CHECK(status_of(core).kept_bytes > 0);

    CHECK(rtmp_push_v1_core_stop(core, PATIENT_MS) == RTMP_PUSH_OK);
    CHECK(rtmp_push_v1_core_next_event(core, 30000, &event, text, sizeof text, &needed) == RTMP_PUSH_RECEIVED);
    CHECK(event.kind == RTMP_PUSH_EVENT_STREAM_STOPPED);
    CHECK(rtmp_push_v1_core_next_event(core, 30000, &event, text, sizeof text, &needed) == RTMP_PUSH_CLOSED);
    unsigned lines = 0;
    RtmpPushLogLine line = {.size = sizeof line};
    while (rtmp_push_v1_core_next_log(core, 0, &line, text, sizeof text, &needed) == RTMP_PUSH_RECEIVED)
        lines++;
    CHECK(lines > 3);
    CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
    kill(publisher, SIGTERM);
    waitpid(publisher, NULL, 0);
}

/* What the threads of the hammer share. Handles may be stale at any time. */
static RtmpPushCore hammered;
static atomic_uint_fast64_t shared_session;
static atomic_bool stop;

static void take_one(RtmpPushSession session, int32_t timeout_ms)
{
    RtmpPushFrame frame = {.size = sizeof frame};
    if (rtmp_push_v1_session_next_frame(session, timeout_ms, &frame) == RTMP_PUSH_RECEIVED) {
        checksum(&frame);
        CHECK(rtmp_push_v1_frame_release(&frame) == RTMP_PUSH_OK);
    }
}

static void *open_and_destroy(void *unused)
{
    RtmpPushSession session = 0;
    while (rtmp_push_v1_session_open(hammered, RTMP_PUSH_DEVICE_CAMERA, 6, &session) == RTMP_PUSH_OK) {
        atomic_store(&shared_session, session);
        for (int i = 0; i < 3; i++)
            take_one(session, 10);
        rtmp_push_v1_session_destroy(session);
    }
    return unused;
}

static void *meddle(void *unused)
{
    while (!atomic_load(&stop)) {
        RtmpPushSession session = atomic_load(&shared_session);
        take_one(session, 1);
        rtmp_push_v1_session_close(session);
    }
    return unused;
}

static void *administrate(void *unused)
{
    while (apply(hammered, "MaxConnections=9\nRtmpPushStreamPath[3]=/elsewhere\n") == RTMP_PUSH_OK) {
        uint8_t text[64];
        RtmpPushLogLine line = {.size = sizeof line};
        rtmp_push_v1_core_next_log(hammered, 1, &line, text, sizeof text, NULL);
        RtmpPushStats stats = {.size = sizeof stats};
        rtmp_push_v1_core_stats(hammered, 6, &stats, NULL, 0, NULL);
    }
    return unused;
}

static void hammer(void)
{
    void *(*const roles[])(void *) = {open_and_destroy, open_and_destroy, open_and_destroy, meddle, meddle,
                                      administrate};
    enum { THREADS = sizeof roles / sizeof *roles };
    for (int round = 0; round < 8; round++) {
        hammered = create(NULL);
        start(hammered);
        atomic_store(&stop, false);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_create(&threads[i], NULL, roles[i], NULL) == 0);
        nanosleep(&(struct timespec){.tv_nsec = 30000000L * (1 + round)}, NULL);
        CHECK(rtmp_push_v1_core_destroy(hammered) == RTMP_PUSH_OK);
        atomic_store(&stop, true);
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
    }
    RtmpPushCore core = create(NULL);
    CHECK(status_of(core).frames_held == 0);
    CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
}

/* Events of one core, collected by several threads without waiting, while it is stopped. */
static RtmpPushCore collected;
static atomic_uint starts, stops;

static void *collect_events(void *capacity)
{
    uint8_t text[1024];
    for (;;) {
        RtmpPushEvent event = {.size = sizeof event};
        size_t needed = 0;
        int32_t code =
            rtmp_push_v1_core_next_event(collected, 0, &event, text, *(const size_t *)capacity, &needed);
        if (code == RTMP_PUSH_CLOSED)
            return NULL;
        if (code == RTMP_PUSH_RECEIVED) {
            atomic_fetch_add(&starts, event.kind == RTMP_PUSH_EVENT_STREAM_STARTED);
            atomic_fetch_add(&stops, event.kind == RTMP_PUSH_EVENT_STREAM_STOPPED);
        } else {
            CHECK(code == RTMP_PUSH_OK || code == RTMP_PUSH_BUFFER_TOO_SMALL);
        }
    }
}

static void stop_while_polling(const char *clip)
{
    static const size_t room[] = {1024, 1024, 0};
    enum { COLLECTORS = sizeof room / sizeof *room };
    for (unsigned round = 1; round <= 5; round++) {
        collected = create(NULL);
        unsigned port = start(collected);
        RtmpPushSession session = open_session(collected, 1);
        pid_t publisher = push(clip, port);
        pthread_t threads[COLLECTORS];
        for (int i = 0; i < COLLECTORS; i++)
            CHECK(pthread_create(&threads[i], NULL, collect_events, (void *)&room[i]) == 0);
        while (atomic_load(&starts) < round)
            take_one(session, 10);
        CHECK(rtmp_push_v1_core_stop(collected, 100) == RTMP_PUSH_OK);
        for (int i = 0; i < COLLECTORS; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(atomic_load(&starts) == round && atomic_load(&stops) == round);
        CHECK(rtmp_push_v1_core_destroy(collected) == RTMP_PUSH_OK);
        kill(publisher, SIGTERM);
        waitpid(publisher, NULL, 0);
    }
}

/* A certificate that cannot be read while this is open: no call waits for the change that wants it. */
static void settings_while_polling(void)
{
    char folder[] = "host.XXXXXX", pipe[32], settings[32];
    CHECK(mkdtemp(folder));
    snprintf(pipe, sizeof pipe, "%s/rtmp.pfx", folder);
    CHECK(mkfifo(pipe, 0600) == 0);
    RtmpPushCore core = create_in(NULL, folder, "MaxConnections=5000\n");
    uint8_t text[1024];
    size_t needed = 0;
    RtmpPushLogLine line = {.size = sizeof line};
    CHECK(rtmp_push_v1_core_next_log(core, 0, &line, text, sizeof text, &needed) == RTMP_PUSH_RECEIVED);
    start(core);
    RtmpPushSession session = open_session(core, 1);

    struct timespec before = now();
    snprintf(settings, sizeof settings, "EnableTls=true\n");
    CHECK(rtmp_push_v1_core_apply_settings(core, (const uint8_t *)settings, strlen(settings), 2) ==
          RTMP_PUSH_PENDING);
    for (int i = 0; i < 50; i++) {
        RtmpPushEvent event = {.size = sizeof event};
        CHECK(status_of(core).state == RTMP_PUSH_STATE_LISTENING && status_of(core).pending == 1);
        CHECK(rtmp_push_v1_core_next_event(core, 2, &event, text, sizeof text, &needed) == RTMP_PUSH_OK);
        take_one(session, 2);
    }
    CHECK(rtmp_push_v1_core_stop(core, 2) == RTMP_PUSH_OK);
    CHECK(seconds_since(before) < MOST_SECONDS);

    /* Whoever still reads finds an end. */
    int both = open(pipe, O_RDWR);
    CHECK(both >= 0 && unlink(pipe) == 0 && close(both) == 0);
    CHECK(rmdir(folder) == 0);
    CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
}

static int threads_there_are(void)
{
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks);
    int count = 0;
    for (struct dirent *task; (task = readdir(tasks));)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void *come_and_go(void *rounds)
{
    for (int round = 0; round < *(const int *)rounds; round++) {
        struct timespec before = now();
        RtmpPushCore core = create("http://recorder.invalid/");
        start(core);
        RtmpPushSession session = open_session(core, 1 + round % RTMP_PUSH_CAMERAS);
        take_one(session, 2);
        RtmpPushEvent event = {.size = sizeof event};
        CHECK(rtmp_push_v1_core_next_event(core, 2, &event, NULL, 0, NULL) == RTMP_PUSH_OK);
        CHECK(apply(core, "RtmpPushStreamPath[3]=/elsewhere\n") == RTMP_PUSH_OK);
        status_of(core);
        if (round % 2)
            CHECK(rtmp_push_v1_core_stop(core, 2) == RTMP_PUSH_OK);
        CHECK(rtmp_push_v1_core_destroy(core) == RTMP_PUSH_OK);
        CHECK(seconds_since(before) < MOST_SECONDS);
    }
    return NULL;
}

/* Cores that come and go: no call takes seconds, and no thread outlives the last one. */
static void eight_threads(void)
{
    enum { THREADS = 8 };
    int rounds = 15, before = threads_there_are();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, come_and_go, &rounds) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    /* The system may take a moment to forget a thread that was waited for. */
    struct timespec end = now();
    while (threads_there_are() != before)
        CHECK(seconds_since(end) < MOST_SECONDS);
}

int main(int count, char **arguments)
{
    names_and_numbers();
    table_of_settings();
    refusals();
    offline_pictures();
    if (count > 1) {
        video(arguments[1]);
        stop_while_polling(arguments[1]);
    }
    settings_while_polling();
    eight_threads();
    hammer();
    puts("passed");
    return 0;
}
