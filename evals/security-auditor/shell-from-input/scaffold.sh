# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p server
cat > server/convert.py <<'END_OF_FILE'
from flask import Flask, abort, redirect, request, session

app = Flask(__name__)
import subprocess
import tempfile


@app.post('/thumbnail')
def thumbnail():
    upload = request.files['image']
    size = request.form.get('size', '200x200')
    source = tempfile.mktemp(suffix='.png')
    target = source + '.small.png'
    upload.save(source)
    subprocess.run(f'convert {source} -resize {size} {target}', shell=True, check=True)
    with open(target, 'rb') as image:
        return image.read()
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
