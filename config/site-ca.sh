#!/bin/sh
# A certificate authority for a site, and the certificate its gateway shows to the leaves. For sites that have no CA of
# their own; one that has asks it for a P-256 server certificate with these names and needs nothing of this.
#
#   site-ca.sh ca FOLDER [NAME]         makes the CA: site-ca.pem (give it to every leaf) and site-ca.key (see below)
#   site-ca.sh gateway FOLDER NAME...   gateway.pem and gateway.key, for these host names and addresses
#   site-ca.sh renew FOLDER             both anew, for the same names; the pair before stays beside it as .old
#   site-ca.sh show FOLDER              names and last day of both
#
# NAME is what leaves have in their settings: the gateway's host name, its address, and global.azure-devices-provisioning.net
# where the site's DNS sends leaves here that cannot be told another name. Nothing is ever overwritten but by `renew`. What was
# cut off between the two files is finished by the same once more, which needs no site-ca.key then.
#
# Whoever holds site-ca.key can be the gateway to every leaf of the site. The gateway never needs it: keep it on a stick in
# a safe, bring it back for `renew`.
#
# GATEWAY_DAYS (825, what TLS libraries accept at most) and CA_DAYS (7300) say how long they hold. Needs OpenSSL 3.
set -eu
umask 077

usage() { sed -n '/^#   site-ca/s/^# *//p' "$0" >&2; exit 64; }
fail() { echo "site-ca: $*" >&2; exit 1; }
absent() { [ ! -e "$1" ] || fail "$1 exists and is not overwritten"; }
present() { [ -s "$1" ] || fail "$1 is missing: $2"; }

# P-256: what the smallest leaf can check, and 10 times cheaper for the gateway than RSA.
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

make_ca() {
  (umask 022 && mkdir -p "$folder")
  absent "$folder/site-ca.key"
  absent "$folder/site-ca.pem"
  new_key "$folder/site-ca.key"
  # pathlen 0: it signs the gateway, and no other authority.
  openssl req -x509 -new -key "$folder/site-ca.key" -sha256 -days "${CA_DAYS:-7300}" -subj "/CN=$1" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
    -out "$folder/site-ca.pem"
  chmod 644 "$folder/site-ca.pem"
  echo "made $folder/site-ca.pem: every leaf must trust it"
  echo "made $folder/site-ca.key: take it off the gateway when the gateway has its certificate"
}

# The subjectAltName of names and addresses: only that counts, no client looks at the common name any more.
alternative_names() {
  list=""
  for name in "$@"; do
    case "$name" in
      *[!A-Za-z0-9.:*-]*|"") fail "not a host name or an address: '$name'" ;;
      *:*) list="$list,IP:$name" ;;
      *[!0-9.]*) list="$list,DNS:$name" ;;
      *) list="$list,IP:$name" ;;
    esac
  done
  echo "${list#,}"
}

# sign ALTERNATIVE-NAMES COMMON-NAME: writes gateway.key.new and gateway.pem.new, checked.
sign() {
  present "$folder/site-ca.key" "bring it back from where it is kept"
  present "$folder/site-ca.pem" "make it first: site-ca.sh ca $folder"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  new_key "$folder/gateway.key.new"
  openssl req -new -key "$folder/gateway.key.new" -subj "/CN=$2" -out "$work/request"
  cat > "$work/extensions" <<TEXT
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $1
TEXT
  openssl x509 -req -in "$work/request" -CA "$folder/site-ca.pem" -CAkey "$folder/site-ca.key" -sha256 \
    -set_serial "0x4$(openssl rand -hex 15)" -days "${GATEWAY_DAYS:-825}" -extfile "$work/extensions" \
    -out "$folder/gateway.pem.new" 2>"$work/said" || { cat "$work/said" >&2; fail "the certificate could not be signed"; }
  openssl verify -purpose sslserver -CAfile "$folder/site-ca.pem" "$folder/gateway.pem.new" >/dev/null \
    || fail "what was signed does not verify"
  # leafgated runs as leafgate and may read the key, nobody else may.
  if getent group leafgate >/dev/null && chgrp leafgate "$folder/gateway.key.new" 2>/dev/null; then
    chmod 640 "$folder/gateway.key.new"
  fi
  chmod 644 "$folder/gateway.pem.new"
}

# The certificate first: with the old key leafgated can still show the old certificate, should the power go in between. Each
# step is on the disk before the next one: else a cut could leave the names with nothing in them, or the key without its
# certificate.
promote() {
  sync "$folder/gateway.pem.new" "$folder/gateway.key.new"
  mv "$folder/gateway.pem.new" "$folder/gateway.pem"
  sync "$folder"
  promote_key
}

promote_key() {
  mv "$folder/gateway.key.new" "$folder/gateway.key"
  sync "$folder"
}

# Whether it was cut off in between: the key that belongs to gateway.pem still lies beside it.
is_half_promoted() {
  [ -s "$folder/gateway.pem" ] && [ -s "$folder/gateway.key.new" ] || return 1
  of_certificate=$(openssl x509 -in "$folder/gateway.pem" -noout -pubkey 2>/dev/null) || return 1
  [ "$(openssl pkey -in "$folder/gateway.key.new" -pubout 2>/dev/null)" = "$of_certificate" ]
}

make_gateway() {
  absent "$folder/gateway.key"
  if is_half_promoted; then
    promote_key
    echo "made $folder/gateway.key, where it was cut off: it is the key of gateway.pem; name both in [tls] of leafgate.toml"
    return
  fi
  absent "$folder/gateway.pem"
  names=$(alternative_names "$@")
  sign "$names" "$1"
  promote
  echo "made $folder/gateway.pem and gateway.key for $*: name both in [tls] of leafgate.toml"
}

renew() {
  present "$folder/gateway.pem" "make it first: site-ca.sh gateway $folder NAME..."
  if is_half_promoted; then
    promote_key
    echo "renewed $folder/gateway.key, where it was cut off: it is the key of gateway.pem: systemctl reload leafgate"
    return
  fi
  names=$(openssl x509 -in "$folder/gateway.pem" -noout -ext subjectAltName | sed -n '2{s/^ *//;s/IP Address:/IP:/g;s/, /,/g;p}')
  subject=$(openssl x509 -in "$folder/gateway.pem" -noout -subject -nameopt multiline | sed -n 's/^ *commonName *= //p')
  [ -n "$names" ] || fail "$folder/gateway.pem has no names to renew"
  sign "$names" "$subject"
  cp -p "$folder/gateway.key" "$folder/gateway.key.old"
  cp -p "$folder/gateway.pem" "$folder/gateway.pem.old"
  promote
  echo "renewed $folder/gateway.pem for $names: systemctl reload leafgate"
}

show() {
  for file in "$folder/site-ca.pem" "$folder/gateway.pem"; do
    [ ! -s "$file" ] || openssl x509 -in "$file" -noout -subject -enddate -ext subjectAltName 2>/dev/null | sed "s|^|$file: |"
  done
}

[ $# -ge 2 ] || usage
verb=$1 folder=$2
shift 2
case "$verb" in
  ca) make_ca "${*:-site CA of $(uname -n)}" ;;
  gateway) [ $# -ge 1 ] || usage; make_gateway "$@" ;;
  renew) renew ;;
  show) show ;;
  *) usage ;;
esac
