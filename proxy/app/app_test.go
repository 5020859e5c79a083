//go:build unix

package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// TestMain is a merchant's app instead when APP_LISTEN is set.
func TestMain(m *testing.M) {
	address := os.Getenv("APP_LISTEN")
	if address == "" {
		os.Exit(m.Run())
	}
	os.Exit(merchant(address))
}

// merchant answers /health with APP_STATUS, /pid with its process id, /say with
// a line on stdout, /exit by ending with code 3, and ends on SIGTERM unless
// APP_STUBBORN is set.
func merchant(address string) int {
	status, _ := strconv.Atoi(os.Getenv("APP_STATUS"))
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		for range term {
			fmt.Println("asked to end")
			if os.Getenv("APP_STUBBORN") == "" {
				os.Exit(0)
			}
		}
	}()
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) })
	http.HandleFunc("/pid", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getpid()) })
	http.HandleFunc("/say", func(w http.ResponseWriter, r *http.Request) { fmt.Println(r.URL.RawQuery) })
	http.HandleFunc("/exit", func(w http.ResponseWriter, r *http.Request) { os.Exit(3) })
	fmt.Println("starting")
	if err := http.ListenAndServe(address, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// bench is an app under test with its recording.
type bench struct {
	Options
	path    string
	address string
	echo    lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newBench(t *testing.T, command ...string) *bench {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	b := &bench{path: filepath.Join(t.TempDir(), "recording.jsonl"), address: l.Addr().String()}
	scrub := recording.NewScrub()
	w, err := recording.Create(b.path, scrub, recording.Open{Version: recording.Version, Profile: "2026-02", Run: "t"})
	if err != nil {
		t.Fatal(err)
	}
	b.Options = Options{
		Command: command, Dir: t.TempDir(), Env: []string{"PATH=/usr/bin:/bin"}, Writer: w, Scrub: scrub, Leaks: NewLeaks(scrub), Echo: &b.echo,
	}
	if len(command) == 0 {
		b.Command = []string{os.Args[0]}
		b.Env = append(b.Env, "APP_LISTEN="+b.address, "APP_STATUS=204")
		b.Ready = "http://" + b.address + "/health"
	}
	return b
}

func (b *bench) start(t *testing.T) *App {
	t.Helper()
	a, err := Start(t.Context(), b.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Stop(context.Background()) })
	return a
}

func (b *bench) get(path string) string {
	response, err := direct.Get("http://" + b.address + path)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

// end stops the app and reads what was recorded.
func (b *bench) end(t *testing.T, a *App) *recording.Recording {
	t.Helper()
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Writer.Close("finished"); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func marksOf(rec *recording.Recording) string {
	var all []string
	for _, m := range rec.Marks {
		text := string(m.Kind)
		if code := m.Facts["code"]; code != "" {
			text += " " + code
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestLifecycle(t *testing.T) {
	b := newBench(t)
	a := b.start(t)
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := b.get("/pid")
	if err := a.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second := b.get("/pid"); first == second || second == "" {
		t.Errorf("pid %s after the restart, %s before", second, first)
	}
	b.get("/say?hello")
	select {
	case <-a.Exited():
		t.Error("exited by itself")
	default:
	}
	rec := b.end(t, a)
	if got := marksOf(rec); got != "app-started, app-ready, app-killed, app-started, app-ready, app-output" {
		t.Errorf("marks %s", got)
	}
	if got := a.Tail(10); !reflect.DeepEqual(got, []string{"starting", "starting", "hello", "asked to end"}) {
		t.Errorf("tail %q", got)
	}
	if got := rec.Marks[len(rec.Marks)-1].Facts["lines"]; got != "4" || a.Lines() != 4 {
		t.Errorf("lines %s, %d", got, a.Lines())
	}
	if got := b.echo.String(); got != "app | starting\napp | starting\napp | hello\napp | asked to end\n" {
		t.Errorf("echo %q", got)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stopped again: %v", err)
	}
}

func TestExitByItself(t *testing.T) {
	b := newBench(t)
	a := b.start(t)
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	exited := a.Exited()
	b.get("/exit")
	<-exited
	if err := a.Kill(); err != nil {
		t.Errorf("killing what is gone: %v", err)
	}
	if err := a.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-a.Exited():
		t.Error("exited, though restarted")
	default:
	}
	if got := marksOf(b.end(t, a)); got != "app-started, app-ready, app-exited 3, app-started, app-ready, app-output" {
		t.Errorf("marks %s", got)
	}
}

// An app that does not end when asked is killed when the context is done.
func TestStubborn(t *testing.T) {
	b := newBench(t)
	b.Env = append(b.Env, "APP_STUBBORN=1")
	a := b.start(t)
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/pid"); !strings.Contains(got, "refused") {
		t.Errorf("still there: %s", got)
	}
}

// Workers go with the app, also those that hold its output open.
func TestWorkersGo(t *testing.T) {
	b := newBench(t, "sh", "-c", "sleep 300 & echo $!; wait")
	a := b.start(t)
	waitFor(t, func() bool { return a.Lines() == 1 })
	worker, err := strconv.Atoi(a.Tail(1)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return !running(worker) })
	if got := marksOf(b.end(t, a)); got != "app-started, app-killed, app-output" {
		t.Errorf("marks %s", got)
	}
}

// running reports whether a process is there and no zombie.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// waitFor polls what another process does; the test's own limit is its bound.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for !done() {
		select {
		case <-ticks.C:
		case <-t.Context().Done():
			t.Fatal("waited in vain")
		}
	}
}

func TestStartErrors(t *testing.T) {
	for _, c := range []struct {
		command   []string
		dir, want string
	}{
		{[]string{"no-such-command"}, "", "command no-such-command not found; is it installed, and spelled right?"},
		{[]string{"./no-such-file"}, "", "command ./no-such-file not found; is it installed, and spelled right?"},
		{[]string{"sh"}, "/no/such/folder", "folder /no/such/folder not found; set app.dir to the app's folder"},
	} {
		a, err := Start(t.Context(), Options{Command: c.command, Dir: c.dir})
		if err == nil || err.Error() != c.want || a != nil {
			t.Errorf("%v: %v", c.command, err)
		}
	}
}

func TestReadyErrors(t *testing.T) {
	for _, c := range []struct {
		script, want string
	}{
		{"echo one; echo two >&2; exit 3", "the app ended at once with exit code 3; start it by hand to see why; its last lines:\n  "},
		{"exit 0", "the app ended at once with exit code 0; golive wants it in the foreground; it wrote nothing"},
		{"echo 'Error: listen EADDRINUSE: address already in use :::3000'; exit 1",
			"a port of the app is taken by another process; stop it or change the port; its last lines:\n  Error: listen EADDRINUSE"},
	} {
		b := newBench(t, "sh", "-c", c.script)
		a := b.start(t)
		<-a.Exited()
		if err := a.WaitReady(t.Context()); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", c.script, err)
		}
		a.Stop(t.Context())
	}
}

// What an earlier start wrote is not told of a later one.
func TestSaidSinceStart(t *testing.T) {
	b := newBench(t, "sh", "-c", "if [ -e again ]; then exit 4; fi; touch again; echo 'address already in use'; exec sleep 300")
	a := b.start(t)
	waitFor(t, func() bool { return a.Lines() == 1 })
	if err := a.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := a.start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	<-a.Exited()
	err := a.WaitReady(t.Context())
	if err == nil || err.Error() != "the app ended at once with exit code 4; start it by hand to see why; it wrote nothing" {
		t.Errorf("got %v", err)
	}
}

func TestNeverReady(t *testing.T) {
	b := newBench(t, "sh", "-c", "echo starting; exec sleep 300")
	b.Ready, b.Timeout = "http://"+b.address+"/health", time.Second
	a := b.start(t)
	waitFor(t, func() bool { return a.Lines() == 1 })
	server := &http.Server{Addr: b.address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) })}
	go server.ListenAndServe()
	defer server.Close()
	waitFor(t, func() bool { return b.get("/") == "" })
	err := a.WaitReady(t.Context())
	want := "the app is not ready after 1s: " + b.Ready + ": it answered 503 Service Unavailable; is app.ready right?; its last lines:\n  starting"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.WaitReady(ctx); err == nil || err.Error() != "waiting for the app: context canceled" {
		t.Errorf("canceled: %v", err)
	}
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, err := Start(t.Context(), Options{Command: []string{"sh"}, Ready: "http://" + host + ":" + port + "/health"})
		if err == nil || err.Error() != "port "+port+" is taken by another process; stop it or change PORT" {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// Without a command the app runs already: it is polled and its logs are read.
func TestNotOurs(t *testing.T) {
	b := newBench(t)
	b.Command, b.Logs = nil, []string{"*.log"}
	server := &http.Server{Addr: b.address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})}
	go server.ListenAndServe()
	defer server.Close()
	a := b.start(t)
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(b.Dir, "app.log"), "one\ntwo\n")
	const want = "the app was not started by golive; give app.command or the command after --"
	if err := a.Kill(); err == nil || err.Error() != want {
		t.Errorf("killed: %v", err)
	}
	if err := a.Restart(t.Context()); err == nil || err.Error() != want {
		t.Errorf("restarted: %v", err)
	}
	if got := marksOf(b.end(t, a)); got != "app-ready, app-output" || a.Lines() != 2 {
		t.Errorf("marks %s, %d lines", got, a.Lines())
	}
}

func TestNoReadiness(t *testing.T) {
	b := newBench(t, "sh", "-c", "sleep 300")
	a := b.start(t)
	if err := a.WaitReady(t.Context()); err != nil {
		t.Error(err)
	}
	if got := marksOf(b.end(t, a)); got != "app-started, app-ready, app-output" {
		t.Errorf("marks %s", got)
	}
}

// What cannot be recorded is told, and the app does not stay behind.
func TestCannotRecord(t *testing.T) {
	b := newBench(t)
	if err := b.Writer.Close("finished"); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), b.Options); err == nil || !strings.HasPrefix(err.Error(), "mark app-started: ") {
		t.Errorf("got %v", err)
	}
	if got := b.get("/pid"); !strings.Contains(got, "refused") {
		t.Errorf("still there: %s", got)
	}
}
