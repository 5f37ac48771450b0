/* A host that does what a Recording Server does with frames, and nothing else: for measuring.
 *
 *   pull_frames [--sound] INSTANCES [FOLDER PASSWORD]
 *
 * Starts so many cores on free ports, for RTMPS if there is a folder with rtmp.pfx, prints "listening on ADDRESS" for
 * each, opens a session on each of their cameras, with --sound on each of their microphones as well, and copies every
 * frame into a buffer of its own, one thread a session.
 * For each line on standard input it prints as JSON how many bytes the driver keeps, and how many the copies take.
 * When standard input ends it waits until publishers are gone and what they sent is fetched, stops, prints what it
 * counted as JSON, and exits. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "rtmp_push_driver.h"

#define FIRST_PORT 20000
#define LAST_PORT 32000
#define FRAME_TIMEOUT_MS 1000
#define START_TIMEOUT_MS 60000
#define QUIET_LOOK_MS 10
#define QUIET_LOOKS 500

static atomic_uint_fast64_t frames, bytes, copies;

static void fail(const char *what, int32_t code)
{
    uint8_t text[512];
    size_t length = 0;
    rtmp_push_v1_last_error(text, sizeof text, &length);
    fprintf(stderr, "%s: %d: %.*s\n", what, (int)code, (int)length, (char *)text);
    exit(1);
}

static void check(const char *what, int32_t code)
{
    if (code < 0)
        fail(what, code);
}

/* What frames are copied into. It comes from the kernel, page by page: what the library's allocator has is the
 * library's alone. */
struct copy {
    uint8_t *data;
    size_t room;
};

static void make_room(struct copy *copy, size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (length + page - 1) / page * page;
    if (room <= copy->room)
        return;
    void *data = copy->data ? mremap(copy->data, copy->room, room, MREMAP_MAYMOVE)
                            : mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
        perror("copy");
        exit(1);
    }
    atomic_fetch_add(&copies, room - copy->room);
    copy->data = data;
    copy->room = room;
}

/* A session is fetched from until it is closed. */
static void *pull(void *argument)
{
    RtmpPushSession session = *(RtmpPushSession *)argument;
    struct copy copy = {0};
    for (;;) {
        RtmpPushFrame frame = {.size = sizeof frame};
        int32_t code = rtmp_push_v1_session_next_frame(session, FRAME_TIMEOUT_MS, &frame);
        if (code == RTMP_PUSH_CLOSED)
            break;
        check("next frame", code);
        if (code != RTMP_PUSH_RECEIVED)
            continue;
        make_room(&copy, frame.len);
        memcpy(copy.data, frame.data, frame.len);
        if (!(frame.flags & RTMP_PUSH_FRAME_OFFLINE_PICTURE)) {
            atomic_fetch_add(&frames, 1);
            atomic_fetch_add(&bytes, frame.len);
        }
        check("release", rtmp_push_v1_frame_release(&frame));
    }
    if (copy.data)
        munmap(copy.data, copy.room);
    return NULL;
}

/* Starts a core on a port that is free. */
static RtmpPushCore start(const char *folder, const char *password)
{
    static unsigned port = FIRST_PORT;
    const char *uri = "http://localhost/";
    RtmpPushConfig config = {.size = sizeof config,
                             .uri = (const uint8_t *)uri,
                             .uri_len = strlen(uri),
                             .data_dir = (const uint8_t *)folder,
                             .data_dir_len = folder ? strlen(folder) : 0};
    RtmpPushCore core;
    check("create", rtmp_push_v1_core_create(&config, &core));
    for (; port <= LAST_PORT; port++) {
        char settings[512];
        int length = snprintf(settings, sizeof settings,
                              "ServerPort=%u\nMaxConnections=1000\nRateLimitEnabled=false\n"
                              "EnableTls=%s\nTlsCertificatePassword=%s\n",
                              port, folder ? "true" : "false", folder ? password : "");
        if (length >= (int)sizeof settings)
            fail("password", RTMP_PUSH_INVALID_ARGUMENT);
        check("settings", rtmp_push_v1_core_apply_settings(core, (const uint8_t *)settings, length, 0));
        int32_t code = rtmp_push_v1_core_start(core, START_TIMEOUT_MS);
        if (code == RTMP_PUSH_OK) {
            printf("listening on 127.0.0.1:%u\n", port++);
            return core;
        }
        if (code != RTMP_PUSH_IO)
            fail("start", code);
    }
    fprintf(stderr, "no free port\n");
    exit(1);
}

static RtmpPushStats stats_of(RtmpPushCore core, uint32_t camera)
{
    RtmpPushStats stats = {.size = sizeof stats};
    int32_t code = rtmp_push_v1_core_stats(core, camera, &stats, NULL, 0, NULL);
    if (code != RTMP_PUSH_OK && code != RTMP_PUSH_BUFFER_TOO_SMALL)
        fail("stats", code);
    return stats;
}

/* Bytes that the driver keeps, of all cores. */
static uint64_t kept(RtmpPushCore core)
{
    RtmpPushStatus status = {.size = sizeof status};
    int32_t code = rtmp_push_v1_core_status(core, &status, NULL, 0, NULL);
    if (code != RTMP_PUSH_OK && code != RTMP_PUSH_BUFFER_TOO_SMALL)
        fail("status", code);
    return status.kept_bytes;
}

/* Nobody publishes, and no frame waits for its session. */
static int is_quiet(const RtmpPushCore *core, int instances, int sound)
{
    for (int i = 0; i < instances; i++)
        for (uint32_t camera = 1; camera <= RTMP_PUSH_CAMERAS; camera++) {
            RtmpPushStats stats = stats_of(core[i], camera);
            if ((stats.flags & RTMP_PUSH_CAMERA_PUBLISHING) || stats.queue_depth > 0)
                return 0;
            if (sound && stats.sound_frames_in > stats.sound_frames_out + stats.sound_dropped_slow_session)
                return 0;
        }
    return 1;
}

static void open_and_pull(RtmpPushCore core, uint32_t kind, uint32_t device, RtmpPushSession *session,
                          pthread_t *thread)
{
    check("open", rtmp_push_v1_session_open(core, kind, device, session));
    if (pthread_create(thread, NULL, pull, session) != 0)
        fail("thread", RTMP_PUSH_IO);
}

int main(int count, char **arguments)
{
    int sound = count > 1 && strcmp(arguments[1], "--sound") == 0;
    count -= sound;
    arguments += sound;
    int instances = count == 2 || count == 4 ? atoi(arguments[1]) : 0;
    const char *folder = count == 4 ? arguments[2] : NULL;
    const char *password = count == 4 ? arguments[3] : NULL;
    if (instances < 1) {
        fprintf(stderr, "usage: pull_frames [--sound] INSTANCES [FOLDER PASSWORD]\n");
        return 2;
    }
    size_t sessions = (size_t)instances * RTMP_PUSH_CAMERAS * (sound ? 2 : 1);
    RtmpPushCore *core = calloc(instances, sizeof *core);
    RtmpPushSession *session = calloc(sessions, sizeof *session);
    pthread_t *thread = calloc(sessions, sizeof *thread);
    for (size_t i = 0, n = 0; n < sessions; i++) {
        core[i] = start(folder, password);
        for (uint32_t device = 1; device <= RTMP_PUSH_CAMERAS; device++) {
            open_and_pull(core[i], RTMP_PUSH_DEVICE_CAMERA, device, &session[n], &thread[n]);
            n++;
            if (sound) {
                open_and_pull(core[i], RTMP_PUSH_DEVICE_MICROPHONE, device, &session[n], &thread[n]);
                n++;
            }
        }
    }
    fflush(stdout);

    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        printf("{\"kept\":%" PRIu64 ",\"copies\":%" PRIuFAST64 "}\n", kept(core[0]), atomic_load(&copies));
        fflush(stdout);
    }

    const struct timespec look = {.tv_nsec = QUIET_LOOK_MS * 1000000L};
    for (int looks = 0; looks < QUIET_LOOKS && !is_quiet(core, instances, sound); looks++)
        nanosleep(&look, NULL);

    uint64_t received = 0, dropped = 0;
    double p50 = 0, p99 = 0;
    for (int i = 0; i < instances; i++)
        for (uint32_t camera = 1; camera <= RTMP_PUSH_CAMERAS; camera++) {
            RtmpPushStats stats = stats_of(core[i], camera);
            received += stats.frames_in + stats.dropped_before_key_frame;
            dropped += stats.dropped_slow_session + stats.dropped_before_key_frame;
            if (sound) {
                received += stats.sound_frames_in;
                dropped += stats.sound_dropped_slow_session;
            }
            if (stats.latency_p50_us > p50)
                p50 = stats.latency_p50_us;
            if (stats.latency_p99_us > p99)
                p99 = stats.latency_p99_us;
        }
    for (size_t n = 0; n < sessions; n++)
        check("close", rtmp_push_v1_session_close(session[n]));
    for (size_t n = 0; n < sessions; n++)
        pthread_join(thread[n], NULL);
    for (int i = 0; i < instances; i++)
        check("destroy", rtmp_push_v1_core_destroy(core[i]));
    printf("{\"received\":%" PRIu64 ",\"frames\":%" PRIuFAST64 ",\"bytes\":%" PRIuFAST64 ",\"dropped\":%" PRIu64
           ",\"latency_p50\":%.0f,\"latency_p99\":%.0f}\n",
           received, atomic_load(&frames), atomic_load(&bytes), dropped, p50, p99);
    free(core);
    free(session);
    free(thread);
    return 0;
}
