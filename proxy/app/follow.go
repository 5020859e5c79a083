package app

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"time"
)

// pollEvery is how often log files are looked at.
const pollEvery = 100 * time.Millisecond

// follower reads what is appended to log files, new ones included, until it is
// stopped. A file that was truncated or put aside is read from its new start.
type follower struct {
	dir   string
	globs []string
	out   *output
	files map[string]*logFile
	stop  chan struct{}
	done  chan struct{}
}

type logFile struct {
	stream *stream
	file   *os.File
	at     int64 // read so far
}

// follow begins at the present end of the files that are there.
func follow(o *Options, out *output) *follower {
	f := &follower{
		dir: o.Dir, globs: o.Logs, out: out, files: map[string]*logFile{},
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	for _, path := range f.paths() {
		l := f.open(path)
		if l == nil {
			continue
		}
		l.stream.n, l.at = skip(l.file)
	}
	go f.loop()
	return f
}

// skip counts the lines that a file has, and its bytes.
func skip(file *os.File) (lines int, size int64) {
	chunk := make([]byte, 64<<10)
	for {
		n, err := file.ReadAt(chunk, size)
		lines += bytes.Count(chunk[:n], []byte{'\n'})
		size += int64(n)
		if err != nil || n == 0 {
			return lines, size
		}
	}
}

func (f *follower) loop() {
	defer close(f.done)
	ticks := time.NewTicker(pollEvery)
	defer ticks.Stop()
	for {
		select {
		case <-f.stop:
			f.poll()
			f.close()
			return
		case <-ticks.C:
			f.poll()
		}
	}
}

// end reads to the end of all files and stops.
func (f *follower) end() {
	close(f.stop)
	<-f.done
}

func (f *follower) close() {
	for _, l := range f.files {
		l.stream.flush()
		l.file.Close()
	}
}

func (f *follower) paths() []string {
	var all []string
	for _, glob := range f.globs {
		if !filepath.IsAbs(glob) {
			glob = filepath.Join(f.dir, glob)
		}
		// A bad pattern is a problem of golive.yaml, told there.
		found, _ := filepath.Glob(glob)
		all = append(all, found...)
	}
	return all
}

// open begins a file at its start; nil when it is none that can be read.
func (f *follower) open(path string) *logFile {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	name, err := filepath.Rel(f.dir, path)
	if err != nil {
		name = path
	}
	l := &logFile{stream: &stream{out: f.out, name: filepath.ToSlash(name)}, file: file}
	f.files[path] = l
	return l
}

func (f *follower) poll() {
	for _, path := range f.paths() {
		l := f.files[path]
		if l != nil && l.replaced(path) {
			l.read()
			l.stream.flush()
			l.file.Close()
			l = nil
		}
		if l == nil {
			l = f.open(path)
		}
		if l != nil {
			l.read()
		}
	}
}

// replaced reports whether another file stands at the path now.
func (l *logFile) replaced(path string) bool {
	now, err := os.Stat(path)
	if err != nil {
		return false
	}
	own, err := l.file.Stat()
	return err != nil || !os.SameFile(now, own)
}

func (l *logFile) read() {
	info, err := l.file.Stat()
	if err != nil || info.Size() == l.at {
		return
	}
	if info.Size() < l.at {
		l.stream.flush()
		l.at, l.stream.n = 0, 0
	}
	n, _ := io.Copy(l.stream, io.NewSectionReader(l.file, l.at, info.Size()-l.at))
	l.at += n
}
