//go:build unix

package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/authority"
	"github.com/anton-payments/golive/proxy/recording"
)

// harness is a proxy with its recording in a process of its own.
type harness struct {
	folder string
	cmd    *exec.Cmd
	client *http.Client
	out    *bufio.Reader // what the process says
}

// birth is what the process is told, and born what it tells.
type birth struct{ Folder, Upstream, Roots string }
type born struct{ URL, CA string }

const birthVariable = "GOLIVE_TEST_HARNESS"

// TestHarnessProcess is no test: it is the process. It ends when the recording
// fails, and says how.
func TestHarnessProcess(t *testing.T) {
	told := os.Getenv(birthVariable)
	if told == "" {
		t.Skip("for other tests to start")
	}
	var b birth
	if err := json.Unmarshal([]byte(told), &b); err != nil {
		t.Fatal(err)
	}
	profile := anton.Profiles[0]
	ca, err := authority.New([]string{profile.Sandbox, profile.Production}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	scrub := recording.NewScrub()
	w, err := recording.Create(filepath.Join(b.Folder, "recording.jsonl"), scrub, recording.Open{Run: "t"})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(b.Roots))
	p, err := Start(Options{
		Profile: profile, Writer: w, Scrub: scrub, Authority: ca,
		Upstream: Upstream{URL: &url.URL{Scheme: "https", Host: b.Upstream}, Roots: roots},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(born{p.ProxyURL(), string(ca.PEM())})
	<-w.Failed()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_ = p.Shutdown(ctx)
	fmt.Println("ended:", w.Close("finished"))
}

// start begins a harness behind words of a shell ("ulimit -f 20; "), or none.
func start(t *testing.T, folder string, b birth, words string) *harness {
	t.Helper()
	b.Folder = folder
	told, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{folder: folder, cmd: exec.Command("sh", "-c", words+`exec "$0" -test.run='^TestHarnessProcess$'`, os.Args[0])}
	h.cmd.Env = append(os.Environ(), birthVariable+"="+string(told))
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.cmd.Process.Kill(); _ = h.cmd.Wait() })
	h.out = bufio.NewReader(out)
	var there born
	line, err := h.out.ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &there) != nil {
		t.Fatalf("the harness says %q, %v", line, err)
	}
	at, err := url.Parse(there.URL)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(there.CA))
	tr := &http.Transport{Proxy: http.ProxyURL(at), TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 100}
	t.Cleanup(tr.CloseIdleConnections)
	h.client = &http.Client{Transport: tr}
	return h
}

// load sends payouts from several clients at once until one fails, and gives
// the ids of those that were answered whole. After each answer it calls after.
func (h *harness) load(after func(answered int)) map[string]bool {
	var mu sync.Mutex
	answered := map[string]bool{}
	var clients sync.WaitGroup
	for c := range 12 {
		clients.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("order-%d-%d", c, n)
				resp, err := h.client.Post(sandbox+"/v1/payouts/"+id, "application/json", strings.NewReader(`{"amount":"1.00"}`))
				if err != nil {
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK || !strings.HasSuffix(string(body), id) {
					return
				}
				mu.Lock()
				answered[id] = true
				count := len(answered)
				mu.Unlock()
				after(count)
			}
		})
	}
	clients.Wait()
	return answered
}

// mixed answers short, long and without length, the id last.
func mixed(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	id := filepath.Base(r.URL.Path)
	switch id[len(id)-1] { // a digit
	case '3':
		_, _ = io.WriteString(w, strings.Repeat("a", 90<<10)+id)
	case '6':
		w.Header().Set("Content-Length", strconv.Itoa(100<<10+len(id)))
		_, _ = io.WriteString(w, strings.Repeat("a", 100<<10)+id)
	default:
		_, _ = io.WriteString(w, id)
	}
}

// holds makes sure that the recording can be read, and has all that was
// answered.
func (h *harness) holds(t *testing.T, answered map[string]bool) {
	t.Helper()
	rec, err := recording.ReadFile(filepath.Join(h.folder, "recording.jsonl"))
	var cut *recording.Incomplete
	if !errors.As(err, &cut) {
		t.Fatalf("the recording reads with %v", err)
	}
	missing := maps.Clone(answered)
	for _, x := range rec.Exchanges {
		if x.Response != nil && x.Error == "" {
			delete(missing, filepath.Base(x.Request.Path))
		}
	}
	if len(missing) > 0 {
		t.Errorf("%d of %d answers that the app saw are not recorded: %v", len(missing), len(answered), missing)
	}
}

func mixedAnton(t *testing.T) birth {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(mixed))
	ca, err := authority.New([]string{"api.antonpayments.dev"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*ca.Leaf("api.antonpayments.dev")}}
	server.Config.ErrorLog = quietLog
	server.StartTLS()
	t.Cleanup(server.Close)
	return birth{Upstream: server.Listener.Addr().String(), Roots: string(ca.PEM())}
}

// TestKilled: whatever moment the harness is killed at, what the app saw
// answered is in the recording, and the recording can be read. GOLIVE_KILLS
// asks for more than 20.
func TestKilled(t *testing.T) {
	kills := 20
	if text := os.Getenv("GOLIVE_KILLS"); text != "" {
		kills, _ = strconv.Atoi(text)
	}
	b := mixedAnton(t)
	seen := 0
	for n := range kills {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		h := start(t, t.TempDir(), b, "")
		at := 1 + r.IntN(1<<r.IntN(9)) // often early, sometimes after hundreds
		var once sync.Once
		answered := h.load(func(count int) {
			if count >= at {
				once.Do(func() { _ = h.cmd.Process.Kill() })
			}
		})
		_ = h.cmd.Wait()
		h.holds(t, answered)
		seen += len(answered)
	}
	t.Logf("%d answers seen over %d kills", seen, kills)
	if seen < kills {
		t.Errorf("%d answers seen over %d kills: too few to tell", seen, kills)
	}
}

// TestRecordingBreaks: on a full disk, or without its folder, nothing more is
// answered, and the end is an error that says why.
func TestRecordingBreaks(t *testing.T) {
	b := mixedAnton(t)
	for name, c := range map[string]struct {
		words string
		harm  func(t *testing.T, h *harness)
		why   string
		kept  bool // the file can still be read
	}{
		"limit":   {words: "ulimit -f 400; ", why: "make room", kept: true},
		"removed": {harm: func(t *testing.T, h *harness) { _ = os.RemoveAll(h.folder) }, why: "was removed"},
		"truncated": {harm: func(t *testing.T, h *harness) {
			_ = os.Truncate(filepath.Join(h.folder, "recording.jsonl"), 0)
		}, why: "was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, t.TempDir(), b, c.words)
			var once sync.Once
			answered := h.load(func(count int) {
				if count >= 5 && c.harm != nil {
					once.Do(func() { c.harm(t, h) })
				}
			})
			h.ends(t, c.why)
			if c.kept {
				h.holds(t, answered)
			}
		})
	}
}

// TestDiskFull is the same on a file system that is full.
func TestDiskFull(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "golive", folder).CombinedOutput(); err != nil {
		t.Skipf("no small file system here: %v %s", err, out)
	}
	defer func() { _ = exec.Command("umount", "-l", folder).Run() }()
	h := start(t, folder, mixedAnton(t), "")
	answered := h.load(func(int) {})
	h.ends(t, "no space left")
	h.holds(t, answered)
}

// ends waits for the process, which must say why the recording failed.
func (h *harness) ends(t *testing.T, why string) {
	t.Helper()
	line, err := h.out.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ended: recording: ") || !strings.Contains(line, why) {
		t.Errorf("the harness says %q, %v; want %q", line, err, why)
	}
}
