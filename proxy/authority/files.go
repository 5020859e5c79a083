package authority

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Files are the paths of what an app is pointed at.
type Files struct {
	CA     string // the authority's certificate alone: for settings that add
	Bundle string // the system's roots and the authority: for settings that replace
	Store  string // the same and Java's own roots, as a PKCS#12 trust store under StorePassword
}

// places are where the platforms keep their roots, the first that exists counts.
var places = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// Bundle is the system's roots, as PEM, with the authority's after them.
func (a *Authority) Bundle(system []byte) []byte {
	if len(system) > 0 && !bytes.HasSuffix(system, []byte("\n")) {
		system = append(bytes.Clone(system), '\n')
	}
	return append(bytes.Clone(system), a.PEM()...)
}

// WriteFiles writes ca.pem, bundle.pem and trust.p12, mode 0600, into dir, which exists.
// The system's roots are those of SSL_CERT_FILE where it is set, else the
// platform's file; a platform without one gets the authority alone.
func (a *Authority) WriteFiles(dir string) (Files, error) {
	system, err := systemRoots()
	if err != nil {
		return Files{}, err
	}
	bundle := a.Bundle(system)
	own, password := javaStore()
	store, err := Store(bundle, own, password)
	if err != nil {
		return Files{}, err
	}
	files := Files{CA: filepath.Join(dir, "ca.pem"), Bundle: filepath.Join(dir, "bundle.pem"), Store: filepath.Join(dir, "trust.p12")}
	for path, content := range map[string][]byte{files.CA: a.PEM(), files.Bundle: bundle, files.Store: store} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return Files{}, fmt.Errorf("certificates for the app: %w", err)
		}
	}
	return files, nil
}

func systemRoots() ([]byte, error) {
	if path := os.Getenv("SSL_CERT_FILE"); path != "" {
		roots, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("SSL_CERT_FILE: %w", err)
		}
		return roots, nil
	}
	for _, path := range places {
		roots, err := os.ReadFile(path)
		if err == nil {
			return roots, nil
		}
	}
	return nil, nil
}
