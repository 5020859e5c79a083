package live

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// maxConfig is how long a configuration file may be, in bytes.
const maxConfig = 16 << 20

// Searched is what was found in production's configuration.
type Searched struct {
	Files    []recording.Mark
	Findings []recording.Finding
}

var (
	testKey = regexp.MustCompile(`ak_test_[A-Za-z0-9_-]{8,}`)
	liveKey = regexp.MustCompile(`ak_live_[A-Za-z0-9_-]{8,}`)
	encoded = regexp.MustCompile(`[A-Za-z0-9+/]{16,}={0,2}`)
)

// Search reads the configuration files, relative to dir, line by line for what
// belongs to the sandbox: its host, its keys, plain or in base64 as Kubernetes
// keeps them. The finding tells file, line and kind, never the value. A file
// that cannot be read is an error.
func Search(dir string, files []string, sandbox string, at time.Time) (Searched, error) {
	var s Searched
	for _, name := range files {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, name)
		}
		info, err := os.Stat(path)
		if err != nil {
			return s, fmt.Errorf("production.config: %w", err)
		}
		if !info.Mode().IsRegular() || info.Size() > maxConfig {
			return s, fmt.Errorf("production.config: %s: want a file of at most %d MiB", name, maxConfig>>20)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return s, fmt.Errorf("production.config: %w", err)
		}
		lines := bytes.Split(text, []byte("\n"))
		for n, line := range lines {
			for _, f := range belonging(string(line), sandbox) {
				f.Place, f.At = fmt.Sprintf("config:%s:%d", filepath.ToSlash(name), n+1), at
				s.Findings = append(s.Findings, f)
			}
		}
		s.Files = append(s.Files, recording.Mark{At: at, Kind: recording.MarkConfig, Facts: map[string]string{
			"file": filepath.ToSlash(name), "lines": strconv.Itoa(len(lines)),
		}})
	}
	return s, nil
}

// belonging is what a line holds of the sandbox, and live keys.
func belonging(line, sandbox string) (found []recording.Finding) {
	texts := []recording.Finding{{Encoding: "plain", Note: line}}
	for _, part := range encoded.FindAllString(line, -1) {
		if plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(part, "=")); err == nil {
			texts = append(texts, recording.Finding{Encoding: "base64", Note: string(plain)})
		}
	}
	seen := map[string]bool{}
	for _, t := range texts {
		for kind, there := range map[string]bool{
			recording.KindTestKey: testKey.MatchString(t.Note), recording.KindLiveKey: liveKey.MatchString(t.Note),
			"sandbox-host": strings.Contains(strings.ToLower(t.Note), sandbox),
		} {
			if there && !seen[kind] {
				seen[kind] = true
				found = append(found, recording.Finding{Kind: kind, Encoding: t.Encoding})
			}
		}
	}
	return found
}
