package authority

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"

	"github.com/anton-payments/golive/proxy/recording"
)

var (
	sandbox    = "api.antonpayments.dev"
	production = "api.antonpayments.com"
)

func testAuthority(t *testing.T) (*Authority, *x509.CertPool) {
	t.Helper()
	a, err := New([]string{sandbox, production}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(a.PEM()) {
		t.Fatal("PEM holds no certificate")
	}
	return a, roots
}

func verify(leaf *tls.Certificate, host string, roots *x509.CertPool) error {
	_, err := leaf.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots})
	return err
}

func TestLeafIsTrustedForItsNames(t *testing.T) {
	a, roots := testAuthority(t)
	for _, host := range []string{sandbox, production, "127.0.0.1", "localhost", "::1"} {
		leaf := a.Leaf(host)
		if err := verify(leaf, host, roots); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		key, ok := leaf.PrivateKey.(*ecdsa.PrivateKey)
		if !ok || key.Curve != elliptic.P256() {
			t.Errorf("%s: key is not ECDSA P-256", host)
		}
		if a.Leaf(host) != leaf {
			t.Errorf("%s: a second leaf was made", host)
		}
	}
	if a.Leaf("API.AntonPayments.dev") != a.Leaf(sandbox) {
		t.Error("another spelling of the host got another leaf")
	}
	if a.Leaf("127.0.0.1") != a.Leaf("localhost") {
		t.Error("loopback has more than one leaf")
	}
}

func TestLeafElsewhereIsRefused(t *testing.T) {
	a, roots := testAuthority(t)
	for _, host := range []string{"example.com", "antonpayments.dev.example.com", "10.0.0.1"} {
		if err := verify(a.Leaf(host), host, roots); err == nil {
			t.Errorf("%s is trusted, want the name constraint to refuse it", host)
		}
	}
}

func TestTrapLeaves(t *testing.T) {
	a, roots := testAuthority(t)
	for _, host := range []string{sandbox, "127.0.0.1"} {
		err := verify(a.TrapLeaf(recording.FaultUntrusted, host), host, roots)
		if !errors.As(err, new(x509.UnknownAuthorityError)) {
			t.Errorf("untrusted %s: %v", host, err)
		}
		err = verify(a.TrapLeaf(recording.FaultWrongHost, host), host, roots)
		if !errors.As(err, new(x509.HostnameError)) {
			t.Errorf("wrong host %s: %v", host, err)
		}
		err = verify(a.TrapLeaf(recording.FaultWrongHost, host), "", roots)
		if err != nil {
			t.Errorf("wrong host %s: the chain itself: %v, want it trusted", host, err)
		}
		var invalid x509.CertificateInvalidError
		err = verify(a.TrapLeaf(recording.FaultExpired, host), host, roots)
		if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
			t.Errorf("expired %s: %v", host, err)
		}
	}
	if a.TrapLeaf(recording.FaultHang, sandbox) != nil {
		t.Error("a leaf for a fault that is no trap")
	}
}

func TestAuthorityCertificate(t *testing.T) {
	a, _ := testAuthority(t)
	c := a.root.cert
	if c.KeyUsage&x509.KeyUsageCertSign == 0 || !c.IsCA || !c.MaxPathLenZero || len(c.SubjectKeyId) == 0 {
		t.Error("not a strict authority")
	}
	if !c.PermittedDNSDomainsCritical || len(c.PermittedDNSDomains) != 3 || len(c.PermittedIPRanges) != 2 {
		t.Errorf("constraints: %v %v", c.PermittedDNSDomains, c.PermittedIPRanges)
	}
	if life := c.NotAfter.Sub(c.NotBefore); life > Life+2*skew {
		t.Errorf("valid for %v", life)
	}
	if !bytes.Equal(a.rogue.cert.RawSubject, c.RawSubject) || bytes.Equal(a.rogue.cert.SubjectKeyId, c.SubjectKeyId) {
		t.Error("the unknown authority must have the look of ours and another key")
	}
}

func TestWriteFiles(t *testing.T) {
	a, _ := testAuthority(t)
	other, _ := testAuthority(t)
	system := filepath.Join(t.TempDir(), "system.pem")
	if err := os.WriteFile(system, bytes.TrimSpace(other.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", system)
	third, _ := testAuthority(t)
	java := filepath.Join(t.TempDir(), "cacerts")
	if err := os.WriteFile(java, javaKeyStore(t, "secret", third.root.cert, other.root.cert), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("JAVA_TOOL_OPTIONS", "-Xmx1g -Djavax.net.ssl.trustStore="+java+" -Djavax.net.ssl.trustStorePassword=secret")
	files, err := a.WriteFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(certificates(t, files.CA)); n != 1 {
		t.Errorf("ca.pem holds %d certificates, want 1", n)
	}
	if got := certificates(t, files.Bundle); len(got) != 2 || !bytes.Equal(got[1], a.root.cert.Raw) {
		t.Errorf("bundle.pem holds %d certificates, want the system's one and ours", len(got))
	}
	store, err := os.ReadFile(files.Store)
	if err != nil {
		t.Fatal(err)
	}
	if got := trusted(store, StorePassword); len(got) != 3 || !got[1].Equal(a.root.cert) || !got[2].Equal(third.root.cert) {
		t.Errorf("trust.p12 holds %d certificates, want the system's one, ours and Java's other one", len(got))
	}
	for _, path := range []string{files.CA, files.Bundle, files.Store} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(t.TempDir(), "gone.pem"))
	if _, err := a.WriteFiles(t.TempDir()); err == nil {
		t.Error("an unreadable SSL_CERT_FILE went unnoticed")
	}
}

// javaKeyStore is a store in Java's old form.
func javaKeyStore(t *testing.T, password string, certs ...*x509.Certificate) []byte {
	t.Helper()
	ks := keystore.New()
	for i, c := range certs {
		entry := keystore.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: keystore.Certificate{Type: "X509", Content: c.Raw}}
		if err := ks.SetTrustedCertificateEntry(string(rune('a'+i)), entry); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := ks.Store(&b, []byte(password)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is no store adds nothing, and hinders nothing.
func TestStoreOfNothing(t *testing.T) {
	a, _ := testAuthority(t)
	for name, own := range map[string][]byte{
		"none": nil, "text": []byte("no store"), "cut": javaKeyStore(t, StorePassword, a.root.cert)[:100], "another password": javaKeyStore(t, "other!", a.rogue.cert),
	} {
		store, err := Store(append([]byte("# roots\n"), a.PEM()...), own, StorePassword)
		if got := trusted(store, StorePassword); err != nil || len(got) != 1 || !got[0].Equal(a.root.cert) {
			t.Errorf("%s: %d certificates, %v", name, len(got), err)
		}
	}
	own, err := Store(a.PEM(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if store, err := Store(nil, own, StorePassword); err != nil || len(trusted(store, StorePassword)) != 1 {
		t.Errorf("Java's newer form: %v", err)
	}
}

func certificates(t *testing.T, path string) [][]byte {
	t.Helper()
	rest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		all = append(all, block.Bytes)
	}
}

func TestNewRefusesNoHost(t *testing.T) {
	if _, err := New(nil, time.Now()); err == nil {
		t.Error("an authority for nothing")
	}
}
