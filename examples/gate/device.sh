#!/usr/bin/env bash
# A pretended iPhone in Setup Assistant, of curl and openssl: asks for its enrollment profile as a device does, in a lab.
#
#   device.sh certificates        makes a lab CA (lab-ca.pem, for --gate-ca) and the device's certificate here
#   device.sh enroll 26.5         asks with this OS version, and prints what is answered
#   device.sh web 26.5            the same as the first request of a web view: in a header
#
# ENROLL_URL: where devices ask, http://127.0.0.1:9008/mdm/enroll when not set.
set -euo pipefail

url=${ENROLL_URL:-http://127.0.0.1:9008/mdm/enroll}

certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Lab device CA' -keyout lab-ca.key -out lab-ca.pem 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj '/CN=Lab iPhone' -keyout lab-device.key -out lab-device.csr 2>/dev/null
  openssl x509 -req -in lab-device.csr -CA lab-ca.pem -CAkey lab-ca.key -CAcreateserial -days 800 -out lab-device.pem 2>/dev/null
  echo 'lab-ca.pem is for --gate-ca, lab-device.pem is the device'
}

# What the device says of itself, signed by it.
machine_info() {
  openssl cms -sign -binary -nodetach -outform DER -signer lab-device.pem -inkey lab-device.key <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>LANGUAGE</key><string>en</string>
  <key>MDM_CAN_REQUEST_SOFTWARE_UPDATE</key><true/>
  <key>OS_VERSION</key><string>$1</string>
  <key>PRODUCT</key><string>iPhone15,2</string>
  <key>SERIAL</key><string>LAB0000001</string>
  <key>SOFTWARE_UPDATE_DEVICE_ID</key><string>iPhone15,2</string>
  <key>UDID</key><string>00008120-000A51E23C01401E</string>
  <key>VERSION</key><string>23F79</string>
</dict></plist>
PLIST
}

case ${1:-} in
  certificates) certificates ;;
  enroll) machine_info "$2" | curl -sS -i -X POST "$url" -H 'Content-Type: application/pkcs7-signature' --data-binary @- ;;
  web) curl -sS -i "$url" -H "x-apple-aspen-deviceinfo: $(machine_info "$2" | openssl base64 -A)" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
