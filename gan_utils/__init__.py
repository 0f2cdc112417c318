"""The helpers of the GAN-on-MNIST notebooks. Importing this loads nothing heavy.

The ground floor holds what a notebook builds by hand first, with the same text:

    lesson    the first line of every notebook    01
    config    parameters, profiles, devices       01
    data      images in memory, batches           01
    pictures  arrays of pictures                  01
    checks    the exercises' checks               01
    gan       G, D, their optimisers, one step    02
    models    the networks                        02, 03
    losses    pairs of losses on logits           02, 04
    training  fit: the loop around a step         02
    results   what a training leaves behind       02
    tricks    what keeps a training stable        04
    latent    ways from one latent to another     05
    metrics   how far from real digits            01, 04, 06

Rooms behind it: `viz` draws, `callbacks` watch a training, `explore` has the sliders,
`judge` measures, `recipes` names whole trainings, `datasets` fetches and verifies,
`engine` keeps a training fast and exact, `support` is plain files and numbers, `cli`
holds the commands (`python -m gan_utils --help`). figures/house.svg shows who imports
whom; CONTRIBUTING.md says where something new goes.
"""

__version__ = "0.2.0"
