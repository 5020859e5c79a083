package reports

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// How many bytes and files a bundle may come to.
const (
	mostUnpacked = 1 << 30
	mostFiles    = 1000
)

// Zip puts the files of a bundle into one archive, in a folder of the bundle's
// name. The archive may not exist.
func Zip(bundle, archive string) error {
	list, err := os.ReadDir(bundle)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	f, err := os.OpenFile(archive, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	z := zip.NewWriter(f)
	for _, e := range list {
		w, broken := z.Create(path.Join(filepath.Base(bundle), e.Name()))
		if broken == nil {
			broken = pour(w, filepath.Join(bundle, e.Name()))
		}
		err = errors.Join(err, broken)
	}
	if err = errors.Join(err, z.Close(), f.Close()); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return nil
}

func pour(w io.Writer, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(w, in)
	return err
}

// openZip is Open of an archive.
func openZip(archive string, keys []*Key) (*Bundle, error) {
	made, err := os.MkdirTemp("", "golive-")
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	defer os.RemoveAll(made)
	dir := filepath.Join(made, "bundle")
	if err := unpack(archive, dir); err != nil {
		return nil, err
	}
	return openFolder(dir, archive, keys)
}

// unpack takes the archive of a bundle apart, into a folder that may not exist.
// Only plain files come out, and none outside of that folder. The error is a
// *Misuse: it is no such archive.
func unpack(archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return misuse("%s: no bundle: neither a folder nor a zip file of one; golive bundle makes one from a run", archive)
	}
	defer z.Close()
	if n := len(z.File); n > mostFiles {
		return misuse("%s: no bundle: %d files in it are too many for one", archive, n)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	left := int64(mostUnpacked)
	for _, f := range z.File {
		name := path.Base(f.Name)
		if f.FileInfo().IsDir() {
			continue
		}
		if !f.Mode().IsRegular() || !filepath.IsLocal(name) {
			return misuse("%s: no bundle: %q is no plain file", archive, f.Name)
		}
		n, err := extract(f, filepath.Join(dir, name), left)
		if left -= n; err == nil && left == 0 {
			err = errors.New("too much for a bundle")
		}
		if err != nil {
			return misuse("%s: no bundle: %q does not come out whole: %w", archive, f.Name, err)
		}
	}
	return nil
}

// extract writes a file that may not exist, at most so many bytes of it.
func extract(f *zip.File, to string, most int64) (int64, error) {
	in, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(in, most))
	return n, errors.Join(err, out.Close())
}
