/* load: a load client for Socket.IO over WebSocket, small enough not to be what is measured.
 *
 * It opens the connections that a plan names, lets the visitors among them talk, and prints as one line of JSON how
 * fast their words arrived at the agents. One thread, one epoll loop, loopback only.
 *
 *     load --port 8000 --plan plan.tsv --seconds 10 --window 1      closed loop: say the next when the last arrived
 *     load --port 8000 --plan plan.tsv --seconds 10 --rate 1000     open loop: so many per second, come what may
 *     load --port 8000 --plan plan.tsv --ask 100 --rate 1000        the same, after every visitor has found a host
 *     load --port 8000 --plan plan.tsv --again --rate 1000          the same, connecting anew whenever a server dies
 *     load --port 8000 --plan plan.tsv --hold                       connect, print UP, hold until stdin ends
 *
 * A line of the plan is one connection: role (v = visitor, a = agent), namespace, auth payload (JSON) and further HTTP
 * headers (may be empty, "\r\n" written as backslash r backslash n), separated by tabs; a fifth field is another port.
 *
 * A visitor's words begin with "t=<nanoseconds> v=<line of the plan>", so whoever hears them can tell how old they are
 * and whose they are. The server may wrap them in whatever JSON it likes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum stage { NEW, CONNECTING, UPGRADING, GREETED, UP, DEAD };
enum opcode { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

#define PAUSE 500000000ull /* nanoseconds before a connection that died is made anew */
#define RING 64 /* acknowledgements that one connection may wait for */

struct connection {
    int fd;
    enum stage stage;
    char role;
    char *namespace, *auth, *headers;
    char *in, *out; /* what was read and not yet understood; what could not be written yet */
    size_t in_length, in_size, out_length, out_size;
    int wants_to_write, port;
    uint64_t again_at;          /* when a connection that died is made anew */
    uint64_t asked_at;          /* when the visitor asked for a host; 0: not yet, or has one */
    uint32_t said;              /* messages so far; also the id of the latest acknowledgement asked for */
    uint64_t said_at[RING];     /* when, by the number of the message */
};

/* What the command line says. */
static int port = 8000, window, concurrency = 64, hold, again, payload = 100;
static double rate, ask, seconds = 10, warm_up = 2;
static const char *plan_path;

/* The connections, and how many are in which stage. */
static struct connection *connections;
static int count, started, up, dead, visitors;
static int *visitor_lines;
static int *died, died_first, died_count; /* a ring of those that are made anew, the longest dead first */
static int epoll_fd;

/* What is measured; counts after the warm-up unless they say otherwise. */
#define BUCKETS 6000000 /* of 10 microseconds: up to a minute */
struct histogram {
    uint32_t bucket[BUCKETS + 1];
    uint64_t count;
};
static struct histogram delivery, acknowledgement, hosting;
static uint64_t sent_ever, delivered_ever, acknowledged_ever, refused_ever, sent, measured_from;
static int measuring;
static char first_refusal[400];
static char words[4096];

/* --- Time and statistics --- */

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void record(struct histogram *h, uint64_t since) {
    uint64_t slot = (now() - since) / 10000;
    h->bucket[slot < BUCKETS ? slot : BUCKETS]++;
    h->count++;
}

static double milliseconds(const struct histogram *h, double share) {
    uint64_t wanted = (uint64_t)((double)h->count * share), seen = 0;
    for (int i = 0; i <= BUCKETS; i++) {
        seen += h->bucket[i];
        if (seen > wanted)
            return i * 0.01 + 0.005;
    }
    return 0;
}

static double cpu_seconds(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* --- Bytes in and out --- */

static void fail(struct connection *c, const char *why) {
    if (c->stage == DEAD)
        return;
    if (!again && dead < 5)
        fprintf(stderr, "connection %ld (%c) died in stage %d: %s\n", (long)(c - connections), c->role, c->stage, why);
    if (c->stage == UP)
        up--;
    if (again) {
        c->again_at = now() + PAUSE;
        died[(died_first + died_count++) % count] = (int)(c - connections);
    }
    c->stage = DEAD;
    dead++;
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
}

static void append(char **buffer, size_t *length, size_t *size, const void *data, size_t n) {
    if (*length + n > *size) {
        *size = (*length + n) * 2;
        *buffer = realloc(*buffer, *size);
    }
    memcpy(*buffer + *length, data, n);
    *length += n;
}

static void watch(struct connection *c, int operation) {
    struct epoll_event e = {.events = EPOLLIN | (c->wants_to_write ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll_fd, operation, c->fd, &e);
}

static void flush(struct connection *c) {
    size_t done = 0;
    while (done < c->out_length) {
        ssize_t n = send(c->fd, c->out + done, c->out_length - done, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN)
                break;
            fail(c, strerror(errno));
            return;
        }
        done += (size_t)n;
    }
    memmove(c->out, c->out + done, c->out_length - done);
    c->out_length -= done;
    int wants = c->out_length > 0;
    if (wants != c->wants_to_write) {
        c->wants_to_write = wants;
        watch(c, EPOLL_CTL_MOD);
    }
}

/* A client masks its frames; a mask of zeros is legal and leaves the payload as it is. */
static void send_frame(struct connection *c, enum opcode opcode, const char *data, size_t n) {
    unsigned char head[8] = {0x80 | (unsigned char)opcode};
    size_t head_length = 2;
    if (n < 126) {
        head[1] = 0x80 | (unsigned char)n;
    } else {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(n >> 8);
        head[3] = (unsigned char)n;
        head_length = 4;
    }
    append(&c->out, &c->out_length, &c->out_size, head, head_length);
    append(&c->out, &c->out_length, &c->out_size, "\0\0\0\0", 4);
    append(&c->out, &c->out_length, &c->out_size, data, n);
    flush(c);
}

/* --- What visitors say and agents hear --- */

static void say(struct connection *c, uint64_t at) {
    char text[8192];
    uint32_t id = ++c->said;
    long line = c - connections;
    c->said_at[id % RING] = at;
    int n = snprintf(text, sizeof text,
                     "42%s,%u[\"message\",{\"client_id\":\"%lx-%lx-%x\",\"parts\":[{\"type\":\"text\","
                     "\"text\":\"t=%llu v=%ld %.*s\"}]}]",
                     c->namespace, id, (unsigned long)measured_from, line, id, (unsigned long long)at, line, payload,
                     words);
    sent_ever++;
    sent += (uint64_t)measuring;
    send_frame(c, TEXT, text, (size_t)n);
}

static void ask_for_host(struct connection *c, uint64_t at) {
    char text[1024];
    long line = c - connections;
    c->asked_at = at;
    int n = snprintf(text, sizeof text,
                     "42%s,0[\"message\",{\"client_id\":\"ask-%lx-%lx\",\"parts\":[{\"type\":\"text\",\"text\":\"Hello?\"}]}]",
                     c->namespace, (unsigned long)at, line);
    send_frame(c, TEXT, text, (size_t)n);
}

static void heard_conversation(struct connection *c, const char *data, size_t n) {
    if (c->asked_at && memmem(data, n, "\"state\":\"running\"", 17)) {
        record(&hosting, c->asked_at);
        c->asked_at = 0;
    }
}

static void heard_entry(const char *data, size_t n) {
    const char *at = memmem(data, n, "t=", 2);
    while (at && (at[2] < '0' || at[2] > '9'))
        at = memmem(at + 2, n - (size_t)(at + 2 - data), "t=", 2);
    if (!at)
        return;
    char *end;
    uint64_t said_at = strtoull(at + 2, &end, 10);
    long line = strtol(end + 3, NULL, 10);
    delivered_ever++;
    if (measuring && said_at >= measured_from)
        record(&delivery, said_at);
    if (window && line >= 0 && line < count && connections[line].stage == UP)
        say(&connections[line], now());
}

static void heard_acknowledgement(struct connection *c, const char *data, size_t n) {
    uint32_t id = (uint32_t)strtoul(data, NULL, 10);
    if (!memmem(data, n, "\"ok\":true", 9)) {
        if (!refused_ever++)
            snprintf(first_refusal, sizeof first_refusal, "%.*s", (int)(n < 390 ? n : 390), data);
        return;
    }
    acknowledged_ever++;
    uint64_t said_at = c->said_at[id % RING];
    if (measuring && said_at >= measured_from)
        record(&acknowledgement, said_at);
}

/* --- Engine.IO and Socket.IO: first digit the Engine.IO packet, second the Socket.IO packet --- */

static void ask_for_namespace(struct connection *c) {
    char text[4096];
    int n = snprintf(text, sizeof text, "40%s,%s", c->namespace, c->auth);
    send_frame(c, TEXT, text, (size_t)n);
    c->stage = GREETED;
}

static void heard(struct connection *c, const char *data, size_t n) {
    if (n && data[0] == '0' && c->stage == UPGRADING) {
        ask_for_namespace(c);
    } else if (n && data[0] == '2') {
        send_frame(c, TEXT, "3", 1);
    } else if (n > 1 && data[0] == '4') {
        const char *comma = memchr(data, ',', n);
        size_t skip = comma ? (size_t)(comma - data) + 1 : 2;
        if (data[1] == '0' && c->stage == GREETED) {
            c->stage = UP;
            up++;
        } else if (data[1] == '2' && c->role == 'a' && memmem(data, n < 64 ? n : 64, "[\"entry\"", 8)) {
            heard_entry(data, n);
        } else if (data[1] == '2' && c->asked_at && memmem(data, n < 64 ? n : 64, "[\"conversation\"", 15)) {
            heard_conversation(c, data, n);
        } else if (data[1] == '3') {
            heard_conversation(c, data, n);
            heard_acknowledgement(c, data + skip, n - skip);
        } else if (data[1] == '4') {
            char why[400];
            snprintf(why, sizeof why, "refused: %.*s", (int)(n < 380 ? n : 380), data);
            fail(c, why);
        }
    }
}

/* Take one WebSocket frame from the front; return its length, or 0 when it is not complete yet. */
static size_t take_frame(struct connection *c, char *frame, size_t available) {
    unsigned char *f = (unsigned char *)frame;
    size_t n, head = 2;
    if (available < 2)
        return 0;
    n = f[1] & 127;
    if (n == 126) {
        if (available < 4)
            return 0;
        n = (size_t)f[2] << 8 | f[3];
        head = 4;
    } else if (n == 127) {
        if (available < 10)
            return 0;
        n = 0;
        for (int i = 2; i < 10; i++)
            n = n << 8 | f[i];
        head = 10;
    }
    if (available < head + n)
        return 0;
    switch (f[0] & 15) {
    case TEXT:
        heard(c, frame + head, n);
        break;
    case CLOSE:
        fail(c, "the server closed it");
        break;
    case PING:
        send_frame(c, PONG, frame + head, n);
        break;
    }
    return head + n;
}

static size_t take_handshake(struct connection *c) {
    char *end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    if (strncmp(c->in + 9, "101", 3)) {
        fail(c, "no upgrade");
        fprintf(stderr, "%.*s\n", (int)(end - c->in), c->in);
        return 0;
    }
    return (size_t)(end - c->in) + 4;
}

static void read_some(struct connection *c) {
    for (;;) {
        if (c->in_size - c->in_length < 4096) {
            c->in_size = c->in_size ? c->in_size * 2 : 4096;
            c->in = realloc(c->in, c->in_size);
        }
        ssize_t n = recv(c->fd, c->in + c->in_length, c->in_size - c->in_length, 0);
        if (n == 0)
            return fail(c, "the server hung up");
        if (n < 0) {
            if (errno == EAGAIN)
                break;
            return fail(c, strerror(errno));
        }
        c->in_length += (size_t)n;
    }
    size_t done = 0, n;
    if (c->stage == CONNECTING) {
        done = take_handshake(c);
        if (!done)
            return;
        c->stage = UPGRADING;
    }
    while (c->stage != DEAD && (n = take_frame(c, c->in + done, c->in_length - done)))
        done += n;
    memmove(c->in, c->in + done, c->in_length - done);
    c->in_length -= done;
}

/* --- Connections --- */

static void start(struct connection *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr); /* never anybody else's machine */
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connect(c->fd, (struct sockaddr *)&address, sizeof address);
    char request[4096];
    int n = snprintf(request, sizeof request,
                     "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                     c->port, c->headers);
    append(&c->out, &c->out_length, &c->out_size, request, (size_t)n);
    c->stage = CONNECTING;
    c->wants_to_write = 1;
    watch(c, EPOLL_CTL_ADD);
    started++;
}

/* Connect those anew that died a moment ago, as browsers do; few at a time are on their way. */
static void start_again(void) {
    while (died_count && started - up - dead < concurrency && connections[died[died_first]].again_at <= now()) {
        struct connection *c = &connections[died[died_first]];
        died_first = (died_first + 1) % count;
        died_count--;
        c->in_length = c->out_length = 0;
        dead--;
        started--;
        start(c);
    }
}

static void turn(int wait_milliseconds) {
    if (again)
        start_again();
    static struct epoll_event events[1024];
    int n = epoll_wait(epoll_fd, events, 1024, wait_milliseconds);
    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;
        if (c->stage != DEAD && events[i].events & EPOLLOUT)
            flush(c);
        if (c->stage != DEAD && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            read_some(c);
    }
}

static double connect_all(void) {
    uint64_t began = now(), limit = began + 180000000000ull;
    while (up + dead < count && now() < limit) {
        while (started < count && started - up - dead < concurrency)
            start(&connections[started]);
        turn(100);
    }
    return (double)(now() - began) / 1e9;
}

/* --- The load --- */

static void talk_at_rate(uint64_t from, uint64_t until) {
    for (uint64_t k = 0;;) {
        uint64_t t = now(), due = from;
        if (t >= until)
            return;
        measuring = t >= measured_from;
        for (int burst = 0; burst < 64; burst++, k++) {
            due = from + (uint64_t)((double)k * 1e9 / rate);
            if (due > t)
                break;
            struct connection *c = &connections[visitor_lines[k % (uint64_t)visitors]];
            if (c->stage == UP)
                say(c, due); /* as late as it is: waiting to be sent counts */
        }
        t = now();
        turn(due > t ? (int)((due - t) / 1000000) : 0);
    }
}

/* Every visitor asks, so many per second; return when all have a host, or nobody found one for ten seconds. */
static void find_hosts(void) {
    uint64_t began = now(), latest = began, found = 0;
    for (int asked = 0; hosting.count < (uint64_t)visitors && now() < latest + 10000000000ull;) {
        for (; asked < visitors && now() >= began + (uint64_t)((double)asked * 1e9 / ask); asked++)
            if (connections[visitor_lines[asked]].stage == UP)
                ask_for_host(&connections[visitor_lines[asked]], began + (uint64_t)((double)asked * 1e9 / ask));
        turn(1);
        if (hosting.count > found || asked < visitors) {
            found = hosting.count;
            latest = now();
        }
    }
}

static void talk_in_turn(uint64_t until) {
    for (int w = 0; w < window; w++)
        for (int i = 0; i < visitors; i++)
            say(&connections[visitor_lines[i]], now());
    for (uint64_t t; (t = now()) < until;) {
        measuring = t >= measured_from;
        turn(10);
    }
}

static void hold_until_stdin_ends(void) {
    struct pollfd in = {.fd = 0, .events = POLLIN};
    char byte;
    printf("UP %d\n", up);
    fflush(stdout);
    while (!poll(&in, 1, 0) || read(0, &byte, 1) > 0)
        turn(50);
}

/* --- The plan and the report --- */

static char *unescaped(char *headers) {
    for (char *at; (at = strstr(headers, "\\r\\n"));) {
        memcpy(at, "\r\n", 2);
        memmove(at + 2, at + 4, strlen(at + 4) + 1);
    }
    return headers;
}

static void read_plan(void) {
    FILE *file = fopen(plan_path, "r");
    char *line = NULL;
    size_t size = 0;
    if (!file) {
        perror(plan_path);
        exit(2);
    }
    while (getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *rest = strdup(line), *role = strsep(&rest, "\t"), *namespace = strsep(&rest, "\t"),
             *auth = strsep(&rest, "\t"), *headers = strsep(&rest, "\t");
        connections = realloc(connections, (size_t)(count + 1) * sizeof *connections);
        connections[count] = (struct connection){
            .role = role[0], .namespace = namespace, .auth = auth, .headers = unescaped(headers ? headers : strdup("")),
            .port = rest ? atoi(rest) : port};
        if (role[0] == 'v') {
            visitor_lines = realloc(visitor_lines, (size_t)(visitors + 1) * sizeof *visitor_lines);
            visitor_lines[visitors++] = count;
        }
        count++;
    }
    fclose(file);
}

static void report(double connecting, int connected, double cpu) {
    printf("{\"connections\":%d,\"dead\":%d,\"connecting_seconds\":%.3f,\"seconds\":%.1f,\"sent\":%llu,"
           "\"delivered\":%llu,\"lost\":%lld,\"acknowledged_ever\":%llu,\"refused\":%llu,"
           "\"delivery_ms\":[%.2f,%.2f,%.2f],\"acknowledgement_ms\":[%.2f,%.2f,%.2f],\"client_cpu\":%.2f,"
           "\"hosted\":%llu,\"hosting_ms\":[%.2f,%.2f,%.2f]}\n",
           connected, dead, connecting, seconds, (unsigned long long)sent, (unsigned long long)delivery.count,
           (long long)(sent_ever - delivered_ever), (unsigned long long)acknowledged_ever,
           (unsigned long long)refused_ever, milliseconds(&delivery, .5), milliseconds(&delivery, .95),
           milliseconds(&delivery, .99), milliseconds(&acknowledgement, .5), milliseconds(&acknowledgement, .95),
           milliseconds(&acknowledgement, .99), cpu, (unsigned long long)hosting.count, milliseconds(&hosting, .5),
           milliseconds(&hosting, .95), milliseconds(&hosting, .99));
    if (refused_ever)
        fprintf(stderr, "first refusal: %s\n", first_refusal);
}

static void read_arguments(int argc, char **argv) {
    static const struct option options[] = {
        {"port", 1, 0, 'p'},    {"plan", 1, 0, 'f'}, {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'u'},
        {"rate", 1, 0, 'r'},    {"window", 1, 0, 'w'}, {"concurrency", 1, 0, 'c'}, {"hold", 0, 0, 'h'},
        {"payload", 1, 0, 'b'}, {"ask", 1, 0, 'a'}, {"again", 0, 0, 'n'}, {0, 0, 0, 0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (o) {
        case 'p': port = atoi(optarg); break;
        case 'f': plan_path = optarg; break;
        case 's': seconds = atof(optarg); break;
        case 'u': warm_up = atof(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'w': window = atoi(optarg); break;
        case 'c': concurrency = atoi(optarg); break;
        case 'h': hold = 1; break;
        case 'a': ask = atof(optarg); break;
        case 'n': again = 1; break;
        case 'b': payload = atoi(optarg) < (int)sizeof words ? atoi(optarg) : (int)sizeof words - 1; break;
        default: exit(2);
        }
    }
    if (!plan_path) {
        fprintf(stderr, "--plan is missing\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    static const char *sentence = "could you please look where my order is it should have been here on monday ";
    read_arguments(argc, argv);
    read_plan();
    for (size_t i = 0; i < sizeof words - 1; i++)
        words[i] = sentence[i % strlen(sentence)];
    died = calloc((size_t)count, sizeof *died);
    epoll_fd = epoll_create1(0);
    double connecting = connect_all();
    int connected = up;
    if (again) {
        printf("UP %d\n", up);
        fflush(stdout);
    }
    if (hold)
        hold_until_stdin_ends();
    if (ask > 0)
        find_hosts();
    uint64_t from = now(), until = from + (uint64_t)((warm_up + seconds) * 1e9);
    measured_from = from + (uint64_t)(warm_up * 1e9);
    double cpu = cpu_seconds();
    if (window)
        talk_in_turn(until);
    else if (rate > 0)
        talk_at_rate(from, until);
    cpu = (cpu_seconds() - cpu) / (warm_up + seconds);
    int talked = window || rate > 0;
    window = 0; /* say nothing more; what is on its way may arrive */
    for (uint64_t end = now() + 3000000000ull; talked && now() < end && delivered_ever < sent_ever;)
        turn(50);
    report(connecting, connected, cpu);
    return 0;
}
