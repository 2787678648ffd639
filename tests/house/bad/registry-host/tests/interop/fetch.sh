npm config set registry https://regis%%try.npmjs.example/  # // bad
curl -O http://deb.deb%%ian.org/debian/pool/x.deb          # // bad
